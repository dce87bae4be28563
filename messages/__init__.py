"""The words of the system: what actors say to each other, and what these words are made of.

webhook       what a provider posted, as raw bytes, with the facts we noted on receipt
command       a message that asks for something (`BookSlot`); exactly one handler hears it
event         a message that tells what happened (`SlotBooked`); anyone may listen, or no one
slot          a stretch of time that can be sold once
outbox entry  a message that waits in the outbox until its transaction is true
dead letter   a message that nobody could handle; it waits until a person looks
tenant        the business a message belongs to; there is no default one

Imports nothing of ours. Everyone may import this.
"""
