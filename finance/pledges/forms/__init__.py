"""Forms of a registration file."""

from .contents import ContractForm, MarksForm, OpenFileForm, PartyForm, RightForm, RightsOfAFile
from .fields import told
from .steps import (
    AcceptForm,
    ClearingForm,
    FeedForm,
    InterruptionForm,
    PaperForm,
    RightEventForm,
    RightsSheetForm,
    StepForm,
    TurnForm,
)

__all__ = [
    "AcceptForm",
    "ClearingForm",
    "ContractForm",
    "FeedForm",
    "InterruptionForm",
    "MarksForm",
    "OpenFileForm",
    "PaperForm",
    "PartyForm",
    "RightEventForm",
    "RightForm",
    "RightsOfAFile",
    "RightsSheetForm",
    "StepForm",
    "TurnForm",
    "told",
]
