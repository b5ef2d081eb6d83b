//! What happens in the shop.

use chrono::{DateTime, Utc};
use testkit::wb::{NewOrder, Shop, TokenSpec, TokenType};
use uuid::Uuid;

use crate::world::World;

impl World {
    /// Something happens in the shop, and WB's reports show it at once.
    pub fn in_shop<R>(&self, change: impl FnOnce(&mut Shop, DateTime<Utc>) -> anyhow::Result<R>) -> R {
        self.before_reports(|shop, now| {
            let changed = change(shop, now);
            shop.refresh_reports();
            changed
        })
    }

    /// Something happens in the shop; of what WB shows, only the order feed is as quick. The reports show it when they are
    /// made anew.
    pub fn before_reports<R>(&self, change: impl FnOnce(&mut Shop, DateTime<Utc>) -> anyhow::Result<R>) -> R {
        self.wb.shop(self.seller, change).unwrap()
    }

    /// A buyer orders one piece; its srid.
    pub fn order(&self) -> String {
        self.orders(1).remove(0)
    }

    /// A buyer orders so many pieces in one basket; their srids.
    pub fn orders(&self, count: u32) -> Vec<String> {
        let orders = self.in_shop(|shop, now| shop.order(&NewOrder { count, ..NewOrder::default() }, now));
        orders.into_iter().map(|order| order.srid).collect()
    }

    /// A token of the shop with every category.
    #[must_use]
    pub fn token(&self, token_type: TokenType) -> String {
        self.token_of(self.seller, token_type)
    }

    /// A token of this seller with every category.
    #[must_use]
    pub fn token_of(&self, seller: Uuid, token_type: TokenType) -> String {
        self.wb.issue_token(&TokenSpec::of(seller, token_type)).unwrap()
    }

    /// Somebody opens a second shop, a small one.
    #[must_use]
    pub fn other_shop(&self) -> Uuid {
        self.wb.add_shop(Shop::sample(8, 5, 10, 3, self.clock.now())).unwrap()
    }
}
