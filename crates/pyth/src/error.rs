//! The receiver's error codes by name, for the messages of those who post.

/// Returns the name of a receiver's error code. The names are Pyth's.
pub fn name(code: u32) -> Option<&'static str> {
    Some(match code {
        6_000 => "InvalidWormholeMessage",
        6_001 => "DeserializeMessageFailed",
        6_002 => "InvalidPriceUpdate",
        6_003 => "UnsupportedMessageType",
        6_004 => "InvalidDataSource",
        6_005 => "InsufficientFunds",
        6_012 => "WrongWriteAuthority",
        6_013 => "WrongVaaOwner",
        6_014 => "DeserializeVaaFailed",
        6_015 => "InsufficientGuardianSignatures",
        6_016 => "InvalidVaaVersion",
        6_017 => "GuardianSetMismatch",
        6_018 => "InvalidGuardianOrder",
        6_019 => "InvalidGuardianIndex",
        6_020 => "InvalidSignature",
        6_021 => "InvalidGuardianKeyRecovery",
        6_022 => "WrongGuardianSetOwner",
        6_023 => "InvalidGuardianSetPda",
        6_024 => "GuardianSetExpired",
        _ => return None,
    })
}
