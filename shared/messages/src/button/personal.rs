//! Quiet hours, the zone and the digest: what belongs to the person and no cabinet.

use domain::{QuietMode, Zone};

use super::words::{Words, number, switch, switch_name};

/// A choice that belongs to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum PersonalButton {
    /// Whether there are quiet hours.
    Quiet(bool),
    /// The hour at which they begin.
    QuietFrom(u8),
    /// The hour at which they end.
    QuietUntil(u8),
    /// What they do.
    QuietMode(QuietMode),
    /// The zone.
    Zone(Zone),
    /// The hour of the digest; `None` turns it off.
    Digest(Option<u8>),
}

impl Words for PersonalButton {
    fn words(self) -> String {
        match self {
            Self::Quiet(on) => format!("my:quiet:{}", switch_name(on)),
            Self::QuietFrom(hour) => format!("my:from:{hour}"),
            Self::QuietUntil(hour) => format!("my:until:{hour}"),
            Self::QuietMode(mode) => format!("my:mode:{}", mode.name()),
            Self::Zone(zone) => format!("my:zone:{}", zone.name()),
            Self::Digest(Some(hour)) => format!("my:digest:{hour}"),
            Self::Digest(None) => "my:digest:off".to_owned(),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        let ["my", what, value] = words else { return None };
        let hour = || number(value).filter(|hour| *hour < 24);
        Some(match *what {
            "quiet" => Self::Quiet(switch(value)?),
            "from" => Self::QuietFrom(hour()?),
            "until" => Self::QuietUntil(hour()?),
            "mode" => Self::QuietMode(QuietMode::parse(value)?),
            "zone" => Self::Zone(Zone::parse(value)?),
            "digest" if *value == "off" => Self::Digest(None),
            "digest" => Self::Digest(Some(hour()?)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::{QuietMode, Zone};

    use super::PersonalButton;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for PersonalButton {
        fn with(_numbers: Numbers) -> Vec<Self> {
            let mut all = vec![Self::Quiet(true), Self::Quiet(false), Self::Digest(None)];
            for hour in 0..24 {
                all.extend([Self::QuietFrom(hour), Self::QuietUntil(hour), Self::Digest(Some(hour))]);
            }
            all.extend(QuietMode::ALL.map(Self::QuietMode));
            all.extend(Zone::ALL.map(Self::Zone));
            all
        }
    }
}
