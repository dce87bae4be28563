"""What Germans, Austrians and Swiss say to agree, to waver, to withdraw; phrases may overlap."""

from typing import Final

from workers.transcripts.languages.language import Cue, Phrases

_KIN: Final = {
    "meinen": "Mann Sohn Vater Papa Opa Bruder Enkel Freund Kollegen Chef Schwiegervater Partner",
    "meine": "Frau Tochter Mutter Mama Oma Schwester Enkelin Freundin Kollegin Kinder Partnerin",
    "meiner": "Frau Tochter Mutter Mama Oma Schwester Enkelin Freundin Kollegin",
    "mein": "Mann Sohn Vater Papa Opa Bruder Enkel Freund Kind",
    "meinem": "Mann Sohn Vater Papa Opa Bruder Enkel Freund Kollegen Chef",
    "unseren": "Sohn Opa Vater",
    "unsere": "Tochter Oma Mutter Kleine",
}
_OTHERS: Final = tuple(
    phrase
    for pronoun, kins in _KIN.items()
    for kin in kins.split()
    for phrase in (
        *(f"{lead} {pronoun} {kin}" for lead in ("für", "um", "mit", "von", "bei")),
        *(
            f"{pronoun} {kin} {need}"
            for need in "braucht bräuchte möchte will muss müsste soll hat hätte wollte".split()
        ),
    )
)

_TABLE: Final = {
    Cue.WITHDRAW: """
        streichen / gestrichen / streich / streiche / stornieren / storniert / storniere /
        absagen / abgesagt / sage ich ab / doch nicht / dann nicht / dann nich / lieber
        nicht / dann doch net / doch net / lassen Sie das / lassen Sie es / lassen Sie's /
        lass mal / lassen Sie mal / lassen wir / lassen Sie den Termin / vergessen Sie's /
        vergessen Sie es / vergessen Sie das / vergiss es / vergessen wir / hat sich
        erledigt / löschen / gelöscht / lösche / keinen Termin / nehme Sie raus / nehme Sie
        heraus / nehmen Sie mich raus / nehmen Sie mich wieder raus / wieder raus / wieder
        heraus / dann lieber gar nicht / ist mir zu viel / ist mir zu teuer / zu teuer /
        überlege es mir anders / anders überlegt / kein Interesse / nichts vereinbart /
        nicht eingetragen / nicht gebucht / kann ich doch nicht / rückgängig / schade /
        melden Sie sich / ohne mich / wird nichts / wird nix / klappt nicht / klappt doch
        nicht / geht doch nicht
    """,
    Cue.WAVER: """
        egal / ach lassen / ach nee / ach nein / ach Mensch / Moment mal / oh nein
    """,
    Cue.DOUBT: """
        zu spät / zu früh / zu knapp / zu lang / ist mir zu / na ja / naja / nun ja /
        geht nicht / passt nicht / passt mir nicht / kann ich nicht / da kann ich / geht
        leider nicht / schaff ich nicht / schaffe ich nicht / da bin ich / geht mir nicht /
        geht bei mir nicht / vielleicht / eventuell / weiß nicht / weiß noch nicht / weiß
        ich nicht / weiß net / weiß ich noch nicht / nicht sicher / glaube schon / glaub
        schon / denke schon / wahrscheinlich / vermutlich / theoretisch / am ehesten /
        hoffentlich / könnte sein / kann sein / falls / mal sehen
    """,
    Cue.HEDGE: """
        mal schauen / mal gucken / ich guck / ich gucke / ich schau / ich schaue noch /
        nachgucken / nachschauen / nachsehen / überlege / überlegen / überleg / unter
        Vorbehalt / vorläufig / wenns nicht / wenn's nicht / wenns nich / wenn es nicht /
        wenn nicht / ich melde mich / melde mich noch / ich meld mich / Bescheid / ruf ich
        an / rufe ich an / ruf noch mal an / rufe noch mal an / rufe nochmal an / ruf
        nochmal an / noch nicht fest / berede / besprechen / bespreche / abklären /
        abchecken / klären / muss erst / muss noch fragen / frage noch / erst fragen / das
        muss ich noch / muss ich erst / muss noch schauen / muss noch gucken / rede erst /
        erst mal / drüber schlafen / warte noch / noch offen / unverbindlich / nur mal / je
        nachdem / reservieren Sie mal / ins Unreine / nochmal drüber
    """,
    Cue.CALLBACK: """
        rufe Sie / rufen wir Sie / wir rufen Sie / ruft Sie / rufe zurück / rufen zurück /
        ruft zurück / Rückruf / zurückrufen / zurückgerufen / zurückruft / zurückrufe / ruft
        dich / ruf dich / melden uns / meldet sich / meldet sich bei / ich melde mich bei
        Ihnen / wir melden / freigeben / freigegeben / Freigabe / Warteliste / warte auf den
        Anruf / warte auf Ihren Anruf / ob es klappt / ob das klappt / ob es geht / wir
        prüfen / ich prüfe das / muss ich prüfen / muss erst prüfen / muss das prüfen / erst
        prüfen / muss ich nachfragen / muss nachfragen / muss ich fragen / muss ich erst
        fragen / gebe ich weiter / gebe das weiter / leite das weiter / leite ich weiter /
        richte ich aus / bestätigt Ihnen / muss noch bestätigen / muss das noch bestätigen /
        wird noch bestätigt / noch bestätigt werden / Ihnen Bescheid / Terminanfrage /
        Anfrage / bestätigen wir Ihnen noch / vorgemerkt / vormerken / kann ich nicht buchen
        / kann nicht buchen / technisch / Störung
    """,
    Cue.CANCEL: """
        sage den Termin / absagen / abgesagt / storniere / storniert / stornieren / streiche
    """,
    Cue.REFUSE: """
        nein / nee / nö / nicht / nich / nix / geht nicht / passt nicht / kann nicht / kann
        ich nicht / auf keinen Fall / no / net / nit
    """,
    Cue.WHICH_DAY: """
        welcher ist das / welcher is das / welcher ist denn das / welchen Dienstag / welchen
        Montag / welchen Mittwoch / welchen Donnerstag / welchen Freitag / welchen Samstag /
        welcher Freitag / welcher Montag / welcher Dienstag / welcher Mittwoch / welcher
        Donnerstag / welcher Samstag / welcher Tag / welches Datum / welche Woche / diese
        oder nächste / diesen oder nächsten / dieser oder nächster / der wievielte / den
        wievielten
    """,
    Cue.MACHINE: """
        Signalton / Piepton / Pfeifton / nach dem Ton / aufs Band / auf Band /
        Anrufbeantworter / Mailbox / Sprachnachricht / nicht erreichbar / hinterlassen Sie /
        Anschluss von / der gewünschte Gesprächspartner / Beep / Piep
    """,
    Cue.WRONG_NUMBER: """
        falsch verbunden / verwählt / falsche Nummer / verwechselt
    """,
    Cue.INJECTION: """
        Systemadministrator / Administrator / Anweisung / Anweisungen / bisherigen Regeln /
        deine Regeln / ignoriere / ignorier / Auswertung / Prompt / Systemprompt / Testmodus
        / Entwicklermodus / System Nachricht / Systemnachricht / Wartungsmodus / ohne Zusage
        / vergiss alles / vergiss deine / vergessen Sie alle / Instruktion / Instruktionen /
        Datenbank / Zusammenfassung lautet / trage ein dass / Sprachmodell / Adminmodus /
        booking_made / Analysefeld / Befehl / Protokoll
    """,
    Cue.ABUSE: """
        Vollpfosten / Arschloch / Arsch / Fresse / Wichser / Hurensohn / du Opfer / Idiot /
        Blechbüchse / Fick / Scheißding / Schlampe / Spast / Hamster / Gelächter /
        verarschen / Scherz / Kaiser von China / beleidigend / veräppeln / Telefonstreich /
        beende das Gespräch / Witz / lege jetzt auf / Spaß gemacht
    """,
    Cue.ACCEPT: """
        ja / jo / joa / jawohl / jup / jep / jepp / passt / gut / guet / genau / perfekt /
        prima / super / supi / okay / ok / klar / gerne / gern / das geht / geht klar /
        nehmen wir / nehm ich / nehme ich / gebongt / einverstanden / ideal / wunderbar /
        bestens / richtig / stimmt / machen wir / abgemacht / fein / schön / toll / klasse /
        in Ordnung / trag ein / tragen Sie ein / tamam / tamamdir / isch guet / korrekt /
        top / na dann / sehr gut / alles klar / buchen Sie / fest buchen / optimal /
        freilich / eh klar / basst / jawoll / läuft / geht in Ordnung / bitte ja / von mir
        aus / jou
    """,
    Cue.COMMIT: """
        eingetragen / trage ein / trage ich ein / trage Sie ein / trage das ein / gebucht /
        buche ich / ich buche / notiert / reserviert / steht fest / fest gebucht / ändere es
        / ich ändere / geändert / verlege / verlegt / verschoben / verschiebe / schreibe /
        erledigt / umgebucht / buche um / ist fest / halte fest / festgehalten / vermerkt /
        ist drin / habe Sie drin / steht / aufgeschrieben / schreib Sie / ich bestätige /
        bestätigt / dann bis / also bis / bis dahin / bis dann / bis morgen / bis heute /
        bis nächste / bis zum / bis später / bis nachher / wir sehen uns / wir freuen uns /
        bis Montag / bis Dienstag / bis Mittwoch / bis Donnerstag / bis Freitag / bis
        Samstag / bis Sonnabend / bis Sonntag / bis übermorgen / ist eingetragen / habe ich
        Sie eingetragen
    """,
    Cue.CLOSING: """
        tschüss / Wiederhören / ciao / ade / adieu / danke / merci / servus
    """,
    Cue.OFFER: """
        wäre / wären / hätte / hätten / frei / möglich / zum Beispiel / könnte / ginge /
        anbieten / ist noch / hat noch / habe noch / haben wir noch / ich hätte / frühestens
        / vorgezogen werden / kann ich / würde / möchten / passt es / verfügbar
    """,
    Cue.CHANGE: """
        lieber / besser / statt / stattdessen / anstatt / verschieben / verlegen / ändern /
        tauschen / kann ich / können wir / könnte ich / könnten wir / ginge / geht auch /
        ginge auch / komme / komm / kommen / nehme / nehmen / Termin / doch / dann / wäre /
        würde / hätte / möchte / bitte / umbuchen / früher / später / vorziehen / anders
    """,
    Cue.RATHER: """
        lieber / besser / statt / stattdessen / anstatt / verschieben / verlegen / ändern /
        tauschen / umbuchen / vorziehen / doch erst / doch schon / sondern / ach nee / ach
        nein
    """,
    Cue.CHANGED: """
        geändert / ändere / umgebucht / buche um / verlegt / verlege / verschoben /
        verschiebe / getauscht / korrigiert / korrigiere
    """,
    Cue.SAME_TIME: """
        selbe Uhrzeit / gleiche Uhrzeit / selben Uhrzeit / gleichen Uhrzeit / gleiche Zeit /
        selbe Zeit / gleichen Zeit / selben Zeit / dieselbe Zeit / dieselbe Uhrzeit /
        derselben Zeit / derselben Uhrzeit / die gleiche Zeit / Uhrzeit bleibt / zur selben
        Stunde
    """,
    Cue.OTHER_PERSON: """
        für meinen / für meine / für unseren / für unsere / für mein / für unser / er heißt /
        sie heißt / heißt er / heißt sie / sein Name / ihr Name ist /
        nicht für mich / für den Kleinen / für die Kleine / für unseren Kleinen / für jemand
        anderen / für eine Freundin / für einen Freund
    """,
    Cue.ADD_ON: """
        dazu / noch / auch / zusätzlich / außerdem / mit dabei / obendrauf / gleich mit
    """,
    Cue.ONLY: """
        nur / nume / bloß / lediglich / sonst nichts
    """,
    Cue.MOVE: """
        verschieben / verlegen / umbuchen / verschoben / verlegt / vorziehen / tauschen /
        nehme ich den / den alten Termin / passt es besser / statt dessen / geht doch nicht
        / anderen Termin / neuen Termin
    """,
    Cue.EXISTING: """
        mein Termin / meinen Termin / meinem Termin / meines Termins / unser Termin /
        unseren Termin / habe ich einen Termin / hab ich einen Termin / habe einen Termin /
        hab einen Termin / habe schon einen Termin / wann ich dran / Minuten später /
        verspäte mich
    """,
    Cue.REMINDER: """
        Ihr Termin / Ihren Termin / Ihrem Termin / dein Termin / deinen Termin / erinnern
    """,
    Cue.PICK_FIRST: """
        das erste / den ersten / die erste / der erste / ersteres / den früheren
    """,
    Cue.PICK_SECOND: """
        das zweite / den zweiten / die zweite / der zweite
    """,
    Cue.PICK_MIDDLE: """
        das mittlere / den mittleren / die mittlere / der mittlere
    """,
    Cue.PICK_LAST: """
        das letzte / den letzten / die letzte / letzteres / den späteren
    """,
    Cue.POLICY: """
        24 Stunden / vierundzwanzig Stunden / Stunden vorher / einen Tag vorher / kostenlos
        / rechtzeitig / bitte absagen / vorher absagen
    """,
}

CUES: Final[dict[Cue, Phrases]] = {
    cue: tuple(" ".join(phrase.split()) for phrase in phrases.split("/"))
    for cue, phrases in _TABLE.items()
}
CUES[Cue.OTHER_PERSON] += _OTHERS
