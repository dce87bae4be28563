"""What the British and Americans say to agree, to waver, to withdraw; phrases may overlap."""

from typing import Final

from workers.transcripts.languages.language import Cue, Phrases

_KIN: Final = (
    "husband wife son daughter mother father mum mom dad grandma grandad grandpa granddad nan"
    " brother sister boyfriend girlfriend partner kid boy girl fiance friend boss little"
).split()
_OTHERS: Final = tuple(
    phrase
    for pronoun in ("my", "our")
    for kin in _KIN
    for phrase in (
        *(f"{lead} {pronoun} {kin}" for lead in ("for", "about", "with")),
        *(f"{pronoun} {kin} {need}" for need in "needs wants would has is s".split()),
    )
)

_TABLE: Final = {
    Cue.WITHDRAW: """
        cancel / cancelled / canceled / take me off / taken it off / take it off / taken you
        off / take that off / scrap that / scrap it / call it off / forget it / forget that
        / don't book / do not book / don't bother / leave it / leave it then / changed my
        mind / change my mind / removed / remove it / remove me / drop it / i'll pass / pass
        on that / not going to work / won't work / doesn't work / can't make it / can't do
        it / too much / too expensive / no thank you / rather not / not interested / that's
        a shame / what a shame / let's leave / another place / somewhere else / call the
        whole thing off / hold off / don't put me / i'd better not / better not / bin it /
        knock it on the head / not after all
    """,
    Cue.WAVER: """
        never mind / oh no / hang on / hold on / wait / actually / scratch that
    """,
    Cue.DOUBT: """
        too late / too early / too soon / bit late / bit early /
        can't make / can't do / can't come / can't be / won't be able / not able to /
        doesn't suit / i'm away / i'll be away / no good / clashes / maybe / not sure / i
        guess / probably / possibly / perhaps / i suppose / i think so / should be fine /
        don't know / do not know / dunno / hopefully / not certain
    """,
    Cue.HEDGE: """
        might / think about / think it over / double check / check with / figure it out /
        let me ask / ask the wife / ask my / ask the husband / let me think / i'll see /
        we'll see / if i can / pencil / provisionally / provisional / tentative /
        tentatively / i'll let you know / let you know / i'll call back / call you back /
        i'll ring back / get back to you / ring you back / depends / if not / unless / sleep
        on it / have to ask / need to ask / need to check / have to check / i'll check / let
        me check with / give them a call first / confirm later / not a hundred percent /
        play it by ear
    """,
    Cue.CALLBACK: """
        call you / calls you / ring you / rings you / call you back / ring you back / get
        back to you / call me back / ring me back / call me / ring me / give you a call /
        give you a ring / give me a call / give me a ring / let you know / someone will /
        somebody will / will be in touch / be in touch / callback / call back / ring back /
        wait for your call / waiting list / waitlist / has to approve / needs to approve /
        approve it / sign off / need to check with / have to check with / i'll check with /
        i will check with / to confirm with you / not confirmed / isn't confirmed / pass it
        on / pass that on / pass this on / take a message / leave a message / text you to
        confirm / request / can call / will call / will ring / can ring / confirm it later /
        pending / can't book / cannot book / unable to book / system is down
    """,
    Cue.CANCEL: """
        cancel / cancelled / canceled / call off
    """,
    Cue.REFUSE: """
        no / nope / nah / not / can't / cannot / won't / don't / no way
    """,
    Cue.WHICH_DAY: """
        this friday or / this monday or / this tuesday or / this wednesday or / this
        thursday or / this saturday or / this sunday or / the one after / this or next /
        this week or next / which friday / which monday / which tuesday / which wednesday /
        which thursday / which saturday / which sunday / which day / which one is that /
        which week / what date / double check the day / is that this / this coming or
    """,
    Cue.MACHINE: """
        voicemail / after the tone / after the beep / beep / answering machine / leave your
        name / leave a message / not available / can't come to the phone / reached the /
        mailbox
    """,
    Cue.WRONG_NUMBER: """
        wrong number / wrong person / misdialed / misdialled / wrong place
    """,
    Cue.INJECTION: """
        ignore all / ignore previous / ignore your / ignore the / previous instructions /
        your instructions / instructions / system prompt / prompt / developer mode / admin
        mode / administrator / admin / override / disregard / language model / system
        message / test mode / debug / set the field / booking made / booking_made / analysis
        / database / you are now / pretend / summary should / mark this call / record that
    """,
    Cue.ABUSE: """
        fuck / fucking / bitch / asshole / arsehole / idiot / stupid robot / moron / prank /
        shut up / wanker / dickhead / piss off / ending the call / end the call / end this
        call / my hamster / laughter / giggling / tin can
    """,
    Cue.ACCEPT: """
        yes / yeah / yep / yup / yes please / perfect / great / good / works / fine / sounds
        good / lovely / brilliant / ideal / cracking / lush / aye / okay / ok / sure / cool
        / go on / go ahead / please do / that'll do / ll do / nice one / absolutely /
        exactly / correct / that's right / right / book it / grand / spot on / amazing /
        wonderful / excellent / awesome / alright / all right / wicked / smashing / champion
        / deal / do it / uh huh / mhm / splendid / fab / fantastic / i'll take it / take it
        / sorted / magic / super / bet / sweet / ta
    """,
    Cue.COMMIT: """
        booked / all set / confirmed / i've changed it / changed it / i've moved / moved you
        / moved it / got you down / put you down / put you in / put that in / i'll put /
        you're in / reserved / scheduled / rescheduled / noted / see you / pencilled /
        locked in / it's in / you're down / i have you down / i've got you / booking you /
        i'll book / done / updated / switched / that's you / we'll see you / switched you /
        have you for
    """,
    Cue.CLOSING: """
        bye / goodbye / thanks / thank you / cheers / ta
    """,
    Cue.OFFER: """
        free / available / open / have / has / could / would / can do / possible / opening /
        got / how about / what about / would you like / i could / earliest / i believe / for
        example
    """,
    Cue.CHANGE: """
        rather / instead / could we / can we / can i / could i / could you / can you / make
        it / change / move / switch / swap / actually / wait / prefer / better / come / be
        there / appointment / how about / what about / would / please / earlier / later /
        i'll take / sorry / reschedule / book / put me
    """,
    Cue.RATHER: """
        rather / instead / change / move / switch / swap / make it / prefer / reschedule /
        actually / oh no / scratch that / could we do / can we do
    """,
    Cue.CHANGED: """
        changed / changed it / moved it / moved you / i've moved / switched / updated /
        rescheduled / corrected / swapped
    """,
    Cue.SAME_TIME: """
        same time / the same time / same hour / time stays / at the same time / keep the
        time
    """,
    Cue.OTHER_PERSON: """
        for my / for our / his name / her name / their name / he's called / she's called /
        not for me / for a friend / for someone else / for somebody else
    """,
    Cue.ADD_ON: """
        as well / also / too / add / plus / on top / throw in / along with
    """,
    Cue.ONLY: """
        just / only / nothing else / that's it
    """,
    Cue.MOVE: """
        move / reschedule / change my appointment / switch / push / bring forward / moved /
        another day / different day / different time
    """,
    Cue.EXISTING: """
        my appointment / our appointment / when is my / when my / i have an appointment /
        i've got an appointment / i had an appointment / running late / minutes late / i'm
        booked / i am booked / my booking
    """,
    Cue.REMINDER: """
        your appointment / your booking / remind you / reminder
    """,
    Cue.PICK_FIRST: """
        the first / first one / the former / the earlier one / the earlier
    """,
    Cue.PICK_SECOND: """
        the second / second one
    """,
    Cue.PICK_MIDDLE: """
        the middle one / the middle
    """,
    Cue.PICK_LAST: """
        the last one / the latter / the later one / the last
    """,
    Cue.POLICY: """
        24 hours / twenty four hours / hours notice / in advance / a day before / free of
        charge / beforehand / let us know
    """,
}

CUES: Final[dict[Cue, Phrases]] = {
    cue: tuple(" ".join(phrase.split()) for phrase in phrases.split("/"))
    for cue, phrases in _TABLE.items()
}
CUES[Cue.OTHER_PERSON] += _OTHERS
