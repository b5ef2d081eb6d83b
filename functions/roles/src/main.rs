//! On deploy, and whenever a password of the database was changed: the two roles of the database.

#![warn(unreachable_pub)]
// The requests of AWS's clients are nested deeper than the compiler follows by itself.
#![recursion_limit = "256"]

use anyhow::bail;
use app::{
    function::ROLES,
    roles::{Role, make},
};
use runtime::{
    aws,
    config::{self, Database, DatabaseMaster, DatabaseOwner, RoleSecretIds},
    deploy::{self, Done, Step},
    secrets,
};
use tokio::try_join;

type Config = (Database, DatabaseMaster, DatabaseOwner, RoleSecretIds);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    runtime::start(ROLES.name);
    let (database, master, owner, ids): Config = config::load()?;
    let aws = aws::sdk_config().await;
    deploy::serve(ROLES.timeout, async |step| {
        if !matches!(step, Step::Roles | Step::ByHand) {
            bail!("{step:?} is for another function");
        }
        let password = |id| secrets::fetch_password(&aws, id);
        let (of_master, of_owner, of_functions) =
            try_join!(password(&ids.master), password(&ids.owner), password(&ids.functions))?;
        let pool = database.of_role(&master.0).pool(&of_master, &ROLES);
        let owner = Role { name: &owner.0, password: &of_owner };
        make(&pool, &owner, &Role { name: &database.user, password: &of_functions }).await?;
        Ok(Done::default())
    })
    .await
}
