//! What a new version is asked before it gets traffic.

use crate::{bot::Bot, fanout::Fanout, sync::Sync, webhook::Webhook};

/// A use case that can be asked whether it works.
pub trait Check {
    /// Its connections.
    fn pool(&self) -> &store::Pool;

    /// Reads the database as its own role.
    ///
    /// # Errors
    /// When the database cannot be reached or refuses.
    fn check(&self) -> impl Future<Output = anyhow::Result<()>> + Send {
        let pool = self.pool().clone();
        async move { Ok(store::check(&pool).await?) }
    }
}

impl Check for Bot {
    fn pool(&self) -> &store::Pool {
        &self.pool
    }
}

impl Check for Fanout {
    fn pool(&self) -> &store::Pool {
        &self.pool
    }
}

impl Check for Sync {
    fn pool(&self) -> &store::Pool {
        &self.pool
    }
}

impl Check for Webhook {
    fn pool(&self) -> &store::Pool {
        &self.pool
    }
}
