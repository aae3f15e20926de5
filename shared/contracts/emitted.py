"""The events that some service emits today. Every other event of the language is a draft and may still change."""

EMITTED = frozenset(
    {
        # families
        "MatterAsked", "MatterAccepted", "MatterDeclined", "MatterProgressed", "MatterDone",
        "ApprovalAsked", "ApprovalDecided", "HandedOver", "HandoverAccepted", "HandoverReturned",
        "CheckRecorded", "ActRefused", "FactCorrected",
        # intake
        "ApplicationReceived", "ApplicationSupplemented", "FilingRefused", "CaseFiled", "CaseNoted",
        "DocumentDrafted", "DocumentSigned", "DocumentSent", "DocumentServed", "ContactRecorded", "MaterialFiled",
        # triage
        "CaseRouted", "CaseAssigned", "PanelFormed", "PerformanceRecorded", "TermSuspended", "TermResumed",
        "TermExtended", "CaseClosed", "CaseResumed", "MemberPosted", "CredentialRecorded",
        # asset-control
        "EnquiryStarted", "EnquiryAnswered", "AssetsFound", "AssetStateChanged", "MeasureTaken", "MeasureRenewed",
        "MeasureLifted",
        # auction
        "PricingStarted", "PricingFailed", "PriceFixed", "AuctionAnnounced", "AuctionFailed", "AuctionStopped",
        "AuctionSold", "AuctionPaid", "LotTransferred",
        # funds
        "AccountOpened", "FundsReceived", "FundsIdentified", "FundsAllocated", "FundsPaidOut", "FundsAnomalyFound",
        # supervision
        "PolicyPublished", "DutyPerformed", "FaultRecorded", "ReminderSent", "ReminderAcknowledged",
    }
)  # fmt: skip
