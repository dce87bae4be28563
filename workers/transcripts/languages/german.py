"""German, with what is said in the north, in Saxony, in Bavaria, in Austria and in Bern."""

from typing import Final

from workers.transcripts.languages.german_cues import CUES
from workers.transcripts.languages.language import Bound, Calendar, Clock, Half, Language
from workers.transcripts.languages.numbers import german_cardinals, german_ordinals
from workers.transcripts.words import fold

_WEEKDAYS: Final = {
    0: "montag mäntig maentig meendag mondag",
    1: "dienstag dienstach zischtig ziischtig diensdag",
    2: "mittwoch middwoch mittwuch mettwoch",
    3: "donnerstag donnerstach donnschtig dunnerstag",
    4: "freitag freitach fritig friitig freidag",
    5: "samstag sonnabend sonnamd samschtig samstach",
    6: "sonntag sunntig sonntach",
}
_PARTS: Final = {
    "morgen": Half.AM,
    "früh": Half.AM,
    "vormittag": Half.AM,
    "mittag": None,
    "nachmittag": Half.PM,
    "abend": Half.PM,
}
_MONTHS: Final = (
    "januar jänner",
    "februar feber",
    "märz maerz",
    "april",
    "mai",
    "juni juno",
    "juli julei",
    "august",
    "september",
    "oktober",
    "november",
    "dezember",
)
_DIALECT_HOURS: Final = {
    1: "eins ein eis oans oins",
    2: "zwei zwo zwee zwoi zwöi zwoa",
    3: "drei dreie drü drüü",
    4: "vier viere vieri",
    5: "fünf fünfe füfi fünfi foifi",
    6: "sechs sechse sächsi sechsi",
    7: "sieben siebene siebne sibni",
    8: "acht achte achti",
    9: "neun neune nüni neini",
    10: "zehn zehne zäni zähni zehni",
    11: "elf elfe elfi",
    12: "zwölf zwölfe zwölfi",
}


def _hours() -> dict[str, int]:
    words = {word: n for word, n in german_cardinals().items() if n <= 24}  # noqa: PLR2004 -- a day
    for hour, spoken in _DIALECT_HOURS.items():
        words |= {fold(word): hour for word in spoken.split()}
    return words


def _day_words() -> dict[str, int]:
    days = {fold(word): n for n, words in _WEEKDAYS.items() for word in words.split()}
    return days | {day + fold(part): n for day, n in days.items() for part in _PARTS}


def _half_words() -> dict[str, Half]:
    halves = {fold(part) + s: half for part, half in _PARTS.items() if half for s in ("", "s")}
    del halves["morgen"]  # tomorrow; `morgens` stays
    days = [fold(word) for words in _WEEKDAYS.values() for word in words.split()]
    compounds = {day + fold(part): half for day in days for part, half in _PARTS.items() if half}
    return halves | compounds | {"namittag": Half.PM, "nomittag": Half.PM, "obig": Half.PM}


GERMAN: Final = Language(
    code="de",
    common=frozenset(
        "ich der die das und ist sie nicht ein eine um bei ja mit dann auf wie haben uhr".split()
    ),
    cardinals=german_cardinals(),
    ordinals=german_ordinals(),
    hours=_hours(),
    clocks=(
        Clock("C uhr"),
        Clock("C"),
        Clock("H uhr M"),
        Clock("H uhr und M"),
        Clock("H uhr"),
        Clock("M minuten vor H", sign=-1),
        Clock("M minuten nach H"),
        Clock("M vor halb H", shift=-30, sign=-1),
        Clock("M nach halb H", shift=-30),
        Clock("M vor H", sign=-1),
        Clock("M nach H"),
        Clock("M ab H"),  # Bern: "zäh ab drü"
        Clock("H"),
        Clock("halb H", shift=-30),
        Clock("halber H", shift=-30),
        Clock("viertel nach H", shift=15),
        Clock("viertel ab H", shift=15),
        Clock("viertel uber H", shift=15),
        Clock("viertel vor H", shift=-15),
        Clock("viertel H", shift=-45),
        Clock("viertl nach H", shift=15),
        Clock("viertl vor H", shift=-15),
        Clock("viertl H", shift=-45),
        Clock("drei viertel H", shift=-15),
        Clock("dreiviertel H", shift=-15),
        Clock("dreiviertl H", shift=-15),
        Clock("drei viertl H", shift=-15),
        Clock("kurz vor halb H", shift=-30, sure=False),
        Clock("kurz nach halb H", shift=-30, sure=False),
        Clock("kurz vor H", sure=False),
        Clock("kurz nach H", sure=False),
    ),
    noon=frozenset(),
    bounds={
        "um": Bound.AT,
        "punkt": Bound.AT,
        "ab": Bound.FROM,
        "gegen": Bound.ABOUT,
        "etwa": Bound.ABOUT,
        "circa": Bound.ABOUT,
        "ca": Bound.ABOUT,
        "ungefahr": Bound.ABOUT,
        "oppe": Bound.ABOUT,
        "so": Bound.ABOUT,
        "kurz": Bound.ABOUT,
        "vor": Bound.OTHER,
        "nach": Bound.OTHER,
        "bis": Bound.OTHER,
        "seit": Bound.OTHER,
        "zwischen": Bound.OTHER,
        "spatestens": Bound.OTHER,
    },
    loose=frozenset("rum herum plus circa ungefahr".split()),
    units=frozenset(
        "uhr euro minuten minute stunden stunde tage tagen tag wochen woche monate monaten jahre"
        " jahren jahr personen leute leuten kinder mal prozent franken cent zentimeter hundert"
        " tausend termine wochentage viertel halb grad kilo meter".split()
    ),
    halves=_half_words() | {"frueh": Half.AM, "nachts": Half.AM, "morgends": Half.AM},
    before_greeting=frozenset(
        "guten schonen guude gudn guadn n nen gut schon ne gestern letzten vorgestern".split()
    ),
    weekdays=_day_words(),
    months={fold(w): n for n, ws in enumerate(_MONTHS, start=1) for w in ws.split()},
    calendar={
        Calendar(offset=0): ("heute", "heut", "hüt", "heit", "heude"),
        Calendar(offset=1): ("morgen", "morn"),
        Calendar(offset=2): ("übermorgen", "über morgen", "uebermorgen", "übermorn"),
        Calendar(weeks=0): ("diese Woche", "dieser Woche"),
        Calendar(weeks=1): (
            "nächste Woche",
            "nächster Woche",
            "kommende Woche",
            "kommender Woche",
            "naechste Woche",
        ),
        Calendar(weeks=2): ("übernächste Woche", "übernächster Woche"),
        Calendar(years=1): ("nächstes Jahr", "nächsten Jahres", "kommendes Jahr"),
        Calendar(years=0): ("dieses Jahr", "diesen Jahres"),
        Calendar(after_last=1): (
            "den Tag danach",
            "am Tag danach",
            "der Tag danach",
            "einen Tag später",
            "am nächsten Tag",
            "den nächsten Tag",
            "tags darauf",
            "einen Tag drauf",
            "am Tag drauf",
            "den Tag drauf",
            "am Tag darauf",
            "den Tag darauf",
        ),
        Calendar(after_last=-1): (
            "den Tag davor",
            "am Tag davor",
            "einen Tag früher",
            "einen Tag davor",
            "einen Tag vorher",
            "am Tag vorher",
            "den Tag vorher",
        ),
        Calendar(after_last=7): ("eine Woche später", "eine Woche danach", "die Woche drauf"),
        Calendar(day=24, month=12): ("Heiligabend", "Heiliger Abend", "Heiligen Abend"),
        Calendar(day=31, month=12): ("Silvester",),
        Calendar(day=6, month=12): ("Nikolaus", "Nikolaustag"),
    },
    next_words=frozenset("nachsten nachster nachste nachstem naechsten nachschte".split()),
    this_words=frozenset(
        "diesen dieser diese diesem kommenden kommender kommende kommendem den dem".split()
    )
    - {"den", "dem"},
    articles=frozenset("der den dem am zum vom des".split()),
    between=frozenset(
        ", der den dem das ist wäre war ein eine einen wieder also am und zwar genau ja dann is"
        " d vom zum ware des".split()
    ),
    span_lead=frozenset({"in"}),
    range_openers=frozenset({"von", "ab"}),
    spans={"tagen": 1, "wochen": 7, "woche": 7, "tag": 1},
    special_spans={8: 7, 14: 14, 15: 14},  # "in acht Tagen" is a week
    negations=frozenset(
        "nicht nich net nit ned kein keine keinen leider vergeben voll belegt besetzt ausgebucht"
        " weg heraus raus statt anstatt nimmer nichts nie streiche storniere absage ersetzt".split()
    ),
    not_a_start=frozenset(
        "fertig schliessen geschlossen offnen geoffnet spatestens offen oeffnen schliesst offnet"
        " zu ende endet feierabend dauert".split()
    )
    - {"zu"},
    joints=frozenset(
        "und oder aber sondern statt anstatt dafur stattdessen sonst weil denn".split()
    ),
    cues=CUES,
    titles=frozenset(
        "herr herrn frau fraulein dr doktor prof professor professorin med dipl ing magister mag"
        " familie".split()
    ),
    particles=frozenset("von van zu vom der den de di da la el al bin ter ten zur".split()),
    no_names=frozenset(
        "uhr termin danke dankeschon vielen guten tag morgen abend hallo moin servus ja nein also"
        " dann gut schon genau name vorname nachname ihr ihre sie wir ich der die das am um im bei"
        " fur mit auf und oder gern gerne perfekt prima super alles klar bis okay ok schone schonen"
        " gute bitte notiert praxis salon studio telefonassistenz wie wann welche welcher mochten"
        " haben hat soll darf kann ist nummer euro minuten stunden woche jahr wunderbar tut mir"
        " grussgott gruss gott gruezi gruessech tschuss wiederhoren auf doch noch nur nicht jetzt"
        " heute ubermorgen vormittag nachmittag mittag winterzeit sommerzeit bestens"
        " entschuldigung merhaba grussdich freut den dem ein eine einen".split()
    ),
    before_name=frozenset(
        "fur auf name namen ist heisst heissen bin also danke dank mit unter von an und ja genau"
        " bei uhr gern okay gut".split()
    ),
    spelling_joint=frozenset({"wie"}),
)
