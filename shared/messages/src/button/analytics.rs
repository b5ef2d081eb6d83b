//! 📈 Аналитика.

use domain::{CabinetId, figures::period::Period};

use super::words::{PERIODS, Words, choice, letter, long, short};

/// What a button of the figures does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum AnalyticsButton {
    /// Shows a period.
    Show {
        /// The cabinet; `None` for all of them together.
        cabinet: Option<CabinetId>,
        /// The period.
        period: Period,
    },
    /// «ⓘ Как считается».
    Explain {
        /// Where the way back leads.
        cabinet: Option<CabinetId>,
        /// And to which period.
        period: Period,
    },
}

/// Stands for all cabinets together.
const ALL: &str = "all";

impl Words for AnalyticsButton {
    fn words(self) -> String {
        match self {
            Self::Show { cabinet, period } => format!("stats:{}", words(cabinet, period)),
            Self::Explain { cabinet, period } => format!("stats:i:{}", words(cabinet, period)),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        Some(match words {
            ["stats", "i", cabinet, period] => {
                let (cabinet, period) = parse(cabinet, period)?;
                Self::Explain { cabinet, period }
            }
            ["stats", cabinet, period] => {
                let (cabinet, period) = parse(cabinet, period)?;
                Self::Show { cabinet, period }
            }
            _ => return None,
        })
    }
}

fn words(cabinet: Option<CabinetId>, period: Period) -> String {
    // A dot tells the word from the number that it could be in base 36.
    let cabinet = cabinet.map_or_else(|| ALL.to_owned(), |cabinet| format!(".{}", short(cabinet.0)));
    format!("{cabinet}:{}", letter(&PERIODS, Some(&period)))
}

fn parse(cabinet: &str, period: &str) -> Option<(Option<CabinetId>, Period)> {
    let cabinet = match cabinet {
        ALL => None,
        cabinet => Some(CabinetId(long(cabinet.strip_prefix('.')?)?)),
    };
    Some((cabinet, choice(&PERIODS, period.parse().ok()?)??))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for AnalyticsButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            let cabinets = [Some(numbers.cabinet()), None];
            let of =
                |cabinet| Period::ALL.map(|period| [Self::Show { cabinet, period }, Self::Explain { cabinet, period }]);
            cabinets.into_iter().flat_map(of).flatten().collect()
        }
    }
}
