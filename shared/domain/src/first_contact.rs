//! First contact: who may start, which tokens are taken, whose cabinet a token opens. Pure.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    access::{Categories, Category, TokenFacts, TokenType},
    ids::TelegramId,
};

/// Who may start at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Whoever comes with a link of the operator or of an owner.
    #[default]
    Invite,
    /// These Telegram ids, and whoever comes with a link.
    List(Vec<i64>),
    /// Everybody.
    Open,
}

/// Whose shops a deployment serves; WB's terms for personal tokens hang on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeploymentFor {
    /// The operator's own.
    #[default]
    Own,
    /// Other people's: a personal token may not be given to it.
    Clients,
}

/// What a deployment allows at first contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstContact {
    /// Who may start.
    pub access: Access,
    /// Whose shops are served.
    pub deployment_for: DeploymentFor,
    /// Cabinets that one person may belong to.
    pub cabinets_per_user: u16,
    /// Cabinets of the whole deployment.
    pub cabinets: u32,
    /// Tokens of one person that are tried within an hour.
    pub attempts_per_hour: u16,
}

impl Default for FirstContact {
    fn default() -> Self {
        Self {
            access: Access::default(),
            deployment_for: DeploymentFor::default(),
            cabinets_per_user: 10,
            cabinets: 1_000,
            attempts_per_hour: 10,
        }
    }
}

impl Access {
    /// Whether somebody may start. Who was let in by a link, or belongs to a cabinet, stays in.
    #[must_use]
    pub fn admits(&self, id: TelegramId, was_let_in: bool) -> bool {
        was_let_in
            || match self {
                Self::Invite => false,
                Self::List(ids) => ids.contains(&id.0),
                Self::Open => true,
            }
    }
}

/// What a member of a cabinet may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything, also tokens, people and removal.
    Owner,
    /// Also answers, export, and asking for a sync.
    Manager,
    /// Screens and their own settings.
    Reader,
}

impl Role {
    /// The roles that an owner can give away.
    pub const INVITED: [Self; 2] = [Self::Reader, Self::Manager];

    /// The name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::Reader => "reader",
        }
    }

    /// The role of that name; one that only a newer version knows may do the least.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        [Self::Owner, Self::Manager].into_iter().find(|role| role.name() == name).unwrap_or(Self::Reader)
    }
}

/// What a token says of itself that makes trying it needless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hopeless {
    /// It ended on that day.
    Expired(DateTime<Utc>),
    /// It is for WB's sandbox.
    Sandbox,
    /// It has none of the categories that we need.
    NoCategory,
    /// It is personal, and WB's terms keep such tokens from a service for others.
    PersonalForClients,
}

/// Why a token need not be tried, if it need not.
#[must_use]
pub fn hopeless(facts: &TokenFacts, deployment_for: DeploymentFor, now: DateTime<Utc>) -> Option<Hopeless> {
    match facts {
        TokenFacts { token_type: TokenType::Test, .. } => Some(Hopeless::Sandbox),
        TokenFacts { expires_at: Some(at), .. } if *at <= now => Some(Hopeless::Expired(*at)),
        TokenFacts { token_type: TokenType::Personal, .. } if deployment_for == DeploymentFor::Clients => {
            Some(Hopeless::PersonalForClients)
        }
        TokenFacts { categories, .. } if categories.missing().len() == Category::ALL.len() => {
            Some(Hopeless::NoCategory)
        }
        _ => None,
    }
}

/// What is known of a person and of the seller whose token they have sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The seller has a cabinet.
    pub is_known: bool,
    /// The person belongs to it.
    pub is_member: bool,
    /// An owner has removed whoever brought this very token.
    pub is_removed: bool,
    /// Cabinets that the person belongs to.
    pub cabinets_of_person: i64,
    /// Cabinets of the deployment.
    pub cabinets: i64,
}

/// What an accepted token leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// A further token of the person's own cabinet.
    Renew,
    /// The person joins the seller's cabinet, or begins it.
    Join,
    /// They have a cabinet of another seller: they are asked first.
    Ask,
    /// An owner has removed whoever brought this token: an owner has to say yes.
    AskOwner,
    /// There are as many cabinets as there may be.
    TooMany(TooMany),
}

/// Whose cabinets are as many as there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooMany {
    /// The person's.
    OfPerson,
    /// The deployment's.
    OfDeployment,
}

/// Decides what an accepted token leads to. `is_asked`: they have said yes already.
#[must_use]
pub fn decide_placement(standing: Standing, limits: &FirstContact, is_asked: bool) -> Placement {
    let Standing { is_known, is_member, is_removed, cabinets_of_person, cabinets } = standing;
    if is_member {
        Placement::Renew
    } else if cabinets_of_person >= i64::from(limits.cabinets_per_user) {
        Placement::TooMany(TooMany::OfPerson)
    } else if is_removed {
        Placement::AskOwner
    } else if !is_known && cabinets >= i64::from(limits.cabinets) {
        Placement::TooMany(TooMany::OfDeployment)
    } else if cabinets_of_person > 0 && !is_asked {
        Placement::Ask
    } else {
        Placement::Join
    }
}

/// For which of its categories a new token serves, beside those that the cabinet has already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenUse {
    /// For all of them.
    Everywhere,
    /// For some; for the others an older token with full limits does.
    Partly {
        /// Where the new one serves.
        new: Vec<Category>,
        /// Where an older one does.
        old: Vec<Category>,
    },
    /// For none: it is kept in reserve.
    Nowhere,
}

/// Decides for which categories a new token serves: the newest of the best does, and full limits are
/// better than those of a base token. `others` are the cabinet's other tokens that are in force.
#[must_use]
pub fn decide_use(new: (TokenType, Categories), others: &[(TokenType, Categories)]) -> TokenUse {
    let (token_type, categories) = new;
    let has_better = |category: Category| {
        !token_type.has_full_limits() && others.iter().any(|(other, has)| other.has_full_limits() && has.has(category))
    };
    let own = Category::ALL.into_iter().filter(|category| categories.has(*category));
    let (old, new): (Vec<Category>, Vec<Category>) = own.partition(|category| has_better(*category));
    match (new.is_empty(), old.is_empty()) {
        (_, true) => TokenUse::Everywhere,
        (true, false) => TokenUse::Nowhere,
        (false, false) => TokenUse::Partly { new, old },
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};

    use super::*;

    #[test]
    fn who_was_let_in_stays_in_and_a_list_lets_its_own_in() {
        let list = Access::List(vec![7, 9]);
        let admitted = |access: &Access| [7, 8].map(|id| access.admits(TelegramId(id), false));
        assert_eq!(admitted(&Access::Invite), [false, false]);
        assert_eq!(admitted(&list), [true, false]);
        assert_eq!(admitted(&Access::Open), [true, true]);
        assert!([Access::Invite, list, Access::Open].iter().all(|access| access.admits(TelegramId(8), true)));
    }

    #[test]
    fn a_role_is_read_back_and_an_unknown_one_may_do_the_least() {
        for role in [Role::Owner, Role::Manager, Role::Reader] {
            assert_eq!(Role::parse(role.name()), role);
        }
        assert_eq!(Role::parse("emperor"), Role::Reader);
    }

    #[test]
    fn a_token_that_cannot_serve_is_told_why_before_wb_is_asked() {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let own = |facts: &TokenFacts| hopeless(facts, DeploymentFor::Own, now);
        let good = TokenFacts {
            token_type: TokenType::Personal,
            categories: Categories(1 << 5),
            seller: None,
            expires_at: Some(now + TimeDelta::days(1)),
        };
        assert_eq!(own(&good), None);
        assert_eq!(own(&TokenFacts::UNDECODABLE), None);
        assert_eq!(own(&TokenFacts { expires_at: Some(now), ..good.clone() }), Some(Hopeless::Expired(now)));
        assert_eq!(own(&TokenFacts { token_type: TokenType::Test, ..good.clone() }), Some(Hopeless::Sandbox));
        assert_eq!(own(&TokenFacts { categories: Categories(1 << 3), ..good.clone() }), Some(Hopeless::NoCategory));

        let clients = |token_type| hopeless(&TokenFacts { token_type, ..good.clone() }, DeploymentFor::Clients, now);
        assert_eq!(clients(TokenType::Personal), Some(Hopeless::PersonalForClients));
        assert_eq!(clients(TokenType::Base), None);
        assert_eq!(clients(TokenType::Service), None);
        assert_eq!(clients(TokenType::Unknown), None);
    }

    #[test]
    fn a_token_renews_joins_or_asks() {
        let limits = FirstContact { cabinets_per_user: 2, cabinets: 5, ..FirstContact::default() };
        let place = |standing: Standing| decide_placement(standing, &limits, false);
        let new = Standing::default();
        assert_eq!(place(new), Placement::Join);
        assert_eq!(place(Standing { is_known: true, ..new }), Placement::Join);
        assert_eq!(place(Standing { cabinets_of_person: 1, ..new }), Placement::Ask);
        assert_eq!(decide_placement(Standing { cabinets_of_person: 1, ..new }, &limits, true), Placement::Join);
        let member = Standing { is_known: true, is_member: true, cabinets_of_person: 2, cabinets: 5, ..new };
        assert_eq!(place(member), Placement::Renew);
        let removed = Standing { is_known: true, is_removed: true, cabinets_of_person: 1, ..new };
        assert_eq!(place(removed), Placement::AskOwner);
        assert_eq!(decide_placement(removed, &limits, true), Placement::AskOwner);
        assert_eq!(place(Standing { is_member: true, ..removed }), Placement::Renew);
        assert_eq!(place(Standing { cabinets_of_person: 2, ..new }), Placement::TooMany(TooMany::OfPerson));
        assert_eq!(place(Standing { cabinets: 5, ..new }), Placement::TooMany(TooMany::OfDeployment));
        assert_eq!(place(Standing { is_known: true, cabinets: 5, ..new }), Placement::Join);
    }

    #[test]
    fn the_newest_of_the_best_serves() {
        let all = Categories::UNKNOWN;
        let statistics = Categories(1 << 5);
        let both = Categories(1 << 5 | 1 << 7);
        assert_eq!(decide_use((TokenType::Base, all), &[]), TokenUse::Everywhere);
        assert_eq!(decide_use((TokenType::Personal, all), &[(TokenType::Service, all)]), TokenUse::Everywhere);
        assert_eq!(decide_use((TokenType::Base, all), &[(TokenType::Base, all)]), TokenUse::Everywhere);
        assert_eq!(decide_use((TokenType::Base, both), &[(TokenType::Personal, all)]), TokenUse::Nowhere);
        let partly = TokenUse::Partly { new: vec![Category::Feedbacks], old: vec![Category::Statistics] };
        assert_eq!(decide_use((TokenType::Base, both), &[(TokenType::Personal, statistics)]), partly);
    }

    #[test]
    fn a_token_serves_until_the_second_in_which_it_ends() {
        let ends = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let facts = TokenFacts { expires_at: Some(ends), ..TokenFacts::UNDECODABLE };
        let at = |now| hopeless(&facts, DeploymentFor::Own, now);
        assert_eq!(at(ends - TimeDelta::seconds(1)), None);
        assert_eq!(at(ends), Some(Hopeless::Expired(ends)));
        assert_eq!(at(ends + TimeDelta::seconds(1)), Some(Hopeless::Expired(ends)));
    }

    #[test]
    fn a_deployment_is_full_with_its_last_cabinet_and_a_person_with_theirs() {
        let limits = FirstContact { cabinets_per_user: 2, cabinets: 5, ..FirstContact::default() };
        let place = |cabinets_of_person, cabinets| {
            decide_placement(Standing { cabinets_of_person, cabinets, ..Standing::default() }, &limits, true)
        };
        assert_eq!((place(1, 4), place(2, 4)), (Placement::Join, Placement::TooMany(TooMany::OfPerson)));
        assert_eq!(
            (place(0, 4), place(0, 5), place(0, 6)),
            (Placement::Join, Placement::TooMany(TooMany::OfDeployment), Placement::TooMany(TooMany::OfDeployment))
        );
    }

    #[test]
    fn a_token_with_full_limits_leaves_nothing_to_an_older_one() {
        let both = Categories(1 << 5 | 1 << 7);
        assert_eq!(decide_use((TokenType::Service, both), &[(TokenType::Personal, both)]), TokenUse::Everywhere);
        let other = [(TokenType::Base, both), (TokenType::Personal, Categories(1 << 1))];
        assert_eq!(decide_use((TokenType::Base, both), &other), TokenUse::Everywhere, "none of them is better");
    }
}
