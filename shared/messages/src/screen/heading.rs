//! What stands above every screen of a cabinet: its title, the cabinet, how fresh the data are.

use chrono::{DateTime, Utc};
use domain::{
    Language, moscow,
    screen::{DataTrouble, Heading},
};

use crate::base::{
    format::{clock, moment, shorten},
    kinds::cabinet_line,
    texts::say,
};

/// A cabinet's name, shortened: WB allows longer ones.
const NAME_MAX_CHARS: usize = 60;

/// The lines above a screen, with this title.
pub(crate) fn lines(title: String, heading: &Heading, now: DateTime<Utc>) -> Vec<String> {
    let language = heading.language;
    let name = heading.cabinet_name.as_deref().map(|name| shorten(name, NAME_MAX_CHARS));
    let mut lines = vec![title];
    lines.extend(cabinet_line(language, name.as_deref()));
    lines.extend(heading.data.fresh_at.map(|at| fresh(language, at, now)));
    let trouble = heading.data.trouble.map(|trouble| match trouble {
        DataTrouble::Paused => say!(language, "data-paused"),
        DataTrouble::Refused => say!(language, "data-refused"),
        DataTrouble::Limited(at) => say!(language, "data-limited", at = moment(language, at)),
        DataTrouble::Failing => say!(language, "data-failing"),
    });
    let is_loading = !heading.data.is_loaded;
    lines.extend(trouble.or_else(|| is_loading.then(|| say!(language, "data-loading"))));
    lines
}

/// «Данные WB на 14:05 МСК»; of another day with the day.
fn fresh(language: Language, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if moscow::day(at) == moscow::day(now) {
        return say!(language, "fresh-today", time = clock(at));
    }
    say!(language, "fresh-at", at = moment(language, at))
}

#[cfg(test)]
pub(crate) mod tests {
    use chrono::{TimeDelta, TimeZone};
    use domain::{CabinetId, Role, screen::DataNow};

    use super::*;

    /// 22 November 2026, 14:05 in Moscow.
    pub(crate) fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 11, 5, 0).unwrap()
    }

    /// The heading of somebody with one cabinet, whose data are fresh.
    pub(crate) fn heading(language: Language) -> Heading {
        Heading {
            cabinet: CabinetId(7),
            cabinet_name: None,
            next_cabinet: None,
            language,
            role: Role::Owner,
            data: DataNow { is_loaded: true, fresh_at: Some(now() - TimeDelta::minutes(3)), trouble: None },
        }
    }

    #[test]
    fn it_says_how_fresh_the_data_are_and_what_keeps_them_from_being_fresher() {
        let later = now() + TimeDelta::hours(3);
        let states = [
            (true, Some(now()), None),
            (true, Some(now() - TimeDelta::hours(20)), Some(DataTrouble::Paused)),
            (true, Some(now()), Some(DataTrouble::Refused)),
            (false, None, None),
            (false, None, Some(DataTrouble::Limited(later))),
            (false, None, Some(DataTrouble::Failing)),
        ];
        let told = Language::ALL.map(|language| {
            let told = states.map(|(is_loaded, fresh_at, trouble)| {
                let heading = Heading {
                    cabinet_name: Some("ИП & Ко".into()),
                    data: DataNow { is_loaded, fresh_at, trouble },
                    ..heading(language)
                };
                lines("X".to_owned(), &heading, now()).join(" | ")
            });
            told.join("\n")
        });
        insta::assert_snapshot!(told.join("\n\n"), @"
        X | Кабинет: ИП &amp; Ко | Данные WB на 14:05 МСК
        X | Кабинет: ИП &amp; Ко | Данные WB на 21.11 в 18:05 МСК | ⏸ Кабинет остановлен: нужен новый токен.
        X | Кабинет: ИП &amp; Ко | Данные WB на 14:05 МСК | 🔒 WB не даёт доступа к этим данным: новых нет. Подробности — 📡 Состояние.
        X | Кабинет: ИП &amp; Ко | ⏳ Данные ещё загружаются.
        X | Кабинет: ИП &amp; Ко | 🕓 WB разрешит следующий запрос 22.11 в 17:05 МСК.
        X | Кабинет: ИП &amp; Ко | ⚠️ WB не отвечает, продолжаю пробовать.

        X | Cabinet: ИП &amp; Ко | WB data as of 14:05 MSK
        X | Cabinet: ИП &amp; Ко | WB data as of 21 Nov, 18:05 MSK | ⏸ The cabinet is stopped: it needs a new token.
        X | Cabinet: ИП &amp; Ко | WB data as of 14:05 MSK | 🔒 WB denies access to these data, so nothing new arrives. See 📡 Status.
        X | Cabinet: ИП &amp; Ко | ⏳ The data are still loading.
        X | Cabinet: ИП &amp; Ко | 🕓 WB will allow the next request 22 Nov, 17:05 MSK.
        X | Cabinet: ИП &amp; Ко | ⚠️ WB does not answer, I keep trying.
        ");
    }
}
