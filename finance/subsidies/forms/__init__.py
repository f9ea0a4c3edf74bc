"""Forms of the room: facts by what the policy reads, a call, the officer's decisions, payments and claw-backs."""
