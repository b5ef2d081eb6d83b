//! Language, links, who joins, who leaves.

use chrono::TimeDelta;
use domain::{FirstContact, first_contact::Access};
use testkit::wb::{Fault, Method, TokenType};
use world::{BORIS, CHAT, World, conversation::render, open};

fn sha256(text: &str) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()).as_ref().to_vec()
}

/// An owner's cabinet, into which Boris has come by a token of the same shop.
async fn joined_by_boris() -> World {
    let world = World::ready().await;
    world.clock.advance(TimeDelta::minutes(2));
    world.boris_joins(TokenType::Base).await;
    world
}

#[tokio::test]
async fn the_language_is_that_of_telegram_until_somebody_chooses() {
    let world = World::new().await;
    world.telegram.person(BORIS, "Boris", Some("en-GB"));
    insta::assert_snapshot!(world.say_in(BORIS, "/start").await, @"
    -- sent
    👋 WB Assist writes here when something happens in your Wildberries shop: orders, buyouts, cancellations, returns, bad reviews, stock running out.

    To begin, send your Wildberries API token in one message. I delete that message at once, keep the token encrypted and never show it to anybody again.

    Employees need no token: ask the owner of the cabinet for an invitation link and open it.
    [❓ How to get a token]
    [🌐 Язык · Language]
    [🗑 Delete my data]
    ");
    world.press_in(BORIS, "🌐 Язык · Language").await;
    insta::assert_snapshot!(world.press_in(BORIS, "Русский").await, @"
    -- edited
    🌐 На каком языке говорить с вами?
    [✓ Русский] [English]
    [← Назад]
    ");
    world.press_in(BORIS, "← Назад").await;
    assert!(world.last_text_in(BORIS).contains("токен API Wildberries"));
    // /start again does not take the choice back.
    world.say_in(BORIS, "/start").await;
    assert!(world.last_text_in(BORIS).contains("токен API Wildberries"));
}

#[tokio::test]
async fn before_the_gate_there_is_help_language_and_deletion_and_a_way_back_from_each() {
    let world = World::new().await;
    world.say("/start").await;
    let buttons: Vec<String> = world.messages()[0].buttons().map(|button| button.text.clone()).collect();
    assert_eq!(buttons, ["❓ Как получить токен", "🌐 Язык · Language", "🗑 Удалить мои данные"]);
    for button in buttons {
        world.press(&button).await;
        world.press("← Назад").await;
        assert!(world.last_text().contains("пришлите одним сообщением токен API Wildberries"), "{button}");
    }
    world.say("/menu").await;
    assert!(world.last_text().contains("пришлите одним сообщением токен"), "the menu stays shut");
}

#[tokio::test]
async fn the_operators_link_lets_one_person_in_once() {
    let world = World::with_contact(FirstContact { access: Access::Invite, ..open() }).await;
    let now = world.clock.now();
    sqlx::query("INSERT INTO invites (digest, created_at, expires_at) VALUES ($1, $2, $3)")
        .bind(sha256("0123456789abcdef0123456789abcdef"))
        .bind(now)
        .bind(now + TimeDelta::days(7))
        .execute(&world.database.pool)
        .await
        .unwrap();
    insta::assert_snapshot!(world.say("/start ffff").await, @"
    -- sent
    Эта ссылка уже не действует: она одноразовая и живёт 7 дней. Попросите новую.
    ");
    world.say("/start 0123456789abcdef0123456789abcdef").await;
    assert!(world.last_text().contains("токен API Wildberries"));
    world.say("/start").await;
    assert!(world.last_text().contains("токен API Wildberries"), "they stay in");
    world.telegram.person(BORIS, "Борис", Some("ru"));
    insta::assert_snapshot!(world.say_in(BORIS, "/start 0123456789abcdef0123456789abcdef").await, @"
    -- sent
    Эта ссылка уже не действует: она одноразовая и живёт 7 дней. Попросите новую.
    ");
}

/// Case `invite-as-text`: the forms in which an app, or a person, sends an invitation.
#[tokio::test]
async fn an_invitation_lets_in_by_whatever_form_comes_first() {
    let code = "0123456789abcdef0123456789abcdef";
    for text in [
        format!("/start@wb_assist_bot?start={code}"),
        format!("https://t.me/wb_assist_bot?start={code}"),
        code.to_owned(),
        format!("/start {code}"),
    ] {
        let world = World::with_contact(FirstContact { access: Access::Invite, ..open() }).await;
        let now = world.clock.now();
        sqlx::query("INSERT INTO invites (digest, created_at, expires_at) VALUES ($1, $2, $3)")
            .bind(sha256(code))
            .bind(now)
            .bind(now + TimeDelta::days(7))
            .execute(&world.database.pool)
            .await
            .unwrap();
        world.say("/start").await;
        let asked = world.last_text();
        assert!(asked.contains("пришлите её сюда сообщением"), "the app has dropped the code: {asked}");
        world.say(&text).await;
        assert!(world.last_text().contains("токен API Wildberries"), "{text}: {}", world.last_text());
    }
}

#[tokio::test]
async fn a_removed_member_comes_back_with_the_same_token_only_by_an_owners_yes() {
    for lets_in in [false, true] {
        let world = World::ready().await;
        world.clock.advance(TimeDelta::minutes(2));
        world.telegram.person(BORIS, "Борис <b>", Some("ru"));
        let token = world.token(TokenType::Base);
        world.say_in(BORIS, &token).await;
        world.clock.advance(TimeDelta::minutes(2));
        world.press("Убрать").await;
        assert_eq!(world.count("SELECT count(*) FROM cabinet_users").await, 1);

        world.say_in(BORIS, &token).await;
        world.tick().await;
        assert_eq!(world.count("SELECT count(*) FROM cabinet_users").await, 1, "not by the token alone");
        assert_eq!(world.count("SELECT count(*) FROM wb_tokens").await, 1);
        insta::allow_duplicates! {
        insta::assert_snapshot!(render(&world.messages_in(BORIS).pop().unwrap()), @"
        👥 Владелец убрал вас из кабинета этого магазина, поэтому я спросил у него, можно ли вернуться.
        Пока токен хранится зашифрованным; если за сутки ответа не будет, я удалю его.
        [✖️ Отменить]
        ");
        insta::assert_snapshot!(render(&world.newest()), @"
        👥 Борис <b> снова прислал токен кабинета «Кружка & Плед», из которого вы этого человека убрали. Впустить? Через сутки токен будет удалён.
        [Впустить] [Не впускать]
        ");
        }
        // Neither they nor a stranger answers for the owner, whatever their app sends.
        let question = world.newest();
        let yes = question.buttons().find(|button| button.text == "Впустить").unwrap().callback_data.clone().unwrap();
        let id = yes.rsplit(':').next().unwrap().to_owned();
        for forged in [yes.clone(), format!("1:add:{id}")] {
            world.tap_in(BORIS, &forged).await;
            assert_eq!(world.count("SELECT count(*) FROM cabinet_users").await, 1, "{forged}");
        }
        world.clock.advance(TimeDelta::minutes(2));
        world.press(if lets_in { "Впустить" } else { "Не впускать" }).await;
        assert_eq!(world.count("SELECT count(*) FROM cabinet_users").await, 1 + i64::from(lets_in));
        assert_eq!(world.count("SELECT count(*) FROM token_attempts").await, 0);
        let told = world.telegram.messages(BORIS);
        let words =
            if lets_in { "Владелец разрешил" } else { "Владелец не разрешил" };
        assert!(told.iter().any(|message| message.content.text.contains(words)), "{words}");
    }
}

#[tokio::test]
async fn who_is_removed_between_an_event_and_its_message_is_not_told() {
    let world = joined_by_boris().await;
    world.clock.advance(TimeDelta::minutes(2));
    let order = world.order();
    world.tick_and_sync().await;
    let wake_ups = world.queues.take_wake_ups();
    assert_eq!(world.count("SELECT count(*) FROM notification_history WHERE kind = 'new_order'").await, 2);
    world.press("Убрать").await;
    for wake_up in wake_ups {
        world.webhook.run(wake_up.message()).await.unwrap();
    }
    world.tick().await;
    let tells = |chat| world.telegram.messages(chat).iter().any(|message| message.content.text.contains(&order));
    assert!(tells(CHAT) && !tells(BORIS));
}

#[tokio::test]
async fn an_owners_link_lets_into_their_cabinet_with_the_role_and_they_are_told() {
    let world = World::ready().await;
    let code = world.invite("Читателя").await;
    assert!(code.len() <= 64, "Telegram takes no longer parameter of /start");
    let stored: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM invites i WHERE i::text LIKE $1) + (SELECT count(*) FROM processed_updates p WHERE p::text LIKE $1)",
    )
    .bind(format!("%{code}%"))
    .fetch_one(&world.database.pool)
    .await
    .unwrap();
    assert_eq!(stored, 0, "only the digest is stored");

    world.telegram.person(BORIS, "Борис", Some("ru"));
    let (boris, anna) = (world.glance(BORIS), world.glance(CHAT));
    let said = world.telegram.say(BORIS, &format!("/start {code}")).unwrap();
    world.rest().await;
    insta::assert_snapshot!(world.seen_since(&boris), @"
    -- sent
    🎉 Вы теперь читатель кабинета «Кружка & Плед».
    [🛒 Заказы] [📦 Склад]
    [⭐ Отзывы] [📈 Аналитика]
    [🔔 Уведомления]
    [⚙️ Настройки] [❓ Помощь]
    ");
    assert_eq!(world.count("SELECT count(*) FROM cabinet_users WHERE role = 'reader'").await, 1);
    insta::assert_snapshot!(world.seen_since(&anna), @"
    -- sent
    👥 Борис теперь в кабинете «Кружка & Плед»: присоединился по вашей ссылке.
    [Убрать]
    ");
    let messages = world.messages().len();
    world.telegram.redeliver(said.update_id).unwrap();
    world.rest().await;
    assert_eq!(world.messages().len(), messages, "told once");

    world.clock.advance(TimeDelta::minutes(1));
    insta::assert_snapshot!(world.press("Убрать").await, @"
    -- sent
    Готово: этот человек больше не видит кабинет, его токен удалён.
    [← Назад]
    ");
    assert_eq!(world.count("SELECT count(*) FROM cabinet_users").await, 1);
    world.say_in(BORIS, "/menu").await;
    assert!(world.last_text_in(BORIS).contains("токен API Wildberries"), "{}", world.last_text_in(BORIS));
}

#[tokio::test]
async fn a_reader_makes_no_link() {
    let world = World::ready().await;
    let code = world.invite("Менеджера").await;
    world.telegram.person(BORIS, "Борис", Some("ru"));
    world.say_in(BORIS, &format!("/start {code}")).await;
    world.say_in(BORIS, "/settings").await;
    insta::assert_snapshot!(world.press_in(BORIS, "👥 Пригласить").await, @"
    -- edited
    Приглашать может только владелец кабинета.
    [← Назад]
    ");
}

#[tokio::test]
async fn the_owner_is_told_of_whoever_joins_by_a_token() {
    let world = joined_by_boris().await;
    insta::assert_snapshot!(render(&world.newest()), @"
    👥 Борис теперь в кабинете «Кружка & Плед»: присоединился с токеном этого магазина как менеджер.
    [Убрать]
    ");
    // A token of theirs again is no joining again.
    world.clock.advance(TimeDelta::minutes(2));
    let messages = world.messages().len();
    world.say_in(BORIS, &world.token(TokenType::Base)).await;
    assert_eq!(world.messages().len(), messages);
}

#[tokio::test]
async fn a_first_sync_is_cancelled_with_its_cabinet() {
    let world = World::new().await;
    world.say("/start").await;
    world.wb.break_times(Method::Cards, Fault::Status(503), 10);
    world.say(&world.token(TokenType::Personal)).await;
    insta::assert_snapshot!(world.press("✖️ Отменить").await, @"
    -- sent
    Отменить первую загрузку? Если в кабинете больше никого нет, он будет удалён вместе с токеном и всем, что уже загружено.
    [✖️ Да, отменить]
    [Продолжать загрузку]
    ");
    insta::assert_snapshot!(world.press("✖️ Да, отменить").await, @"
    -- deleted
    ✅ Токен принят
    Магазин: Кружка & Плед
    Тип: персональный — данные обновляются без задержек.
    Действует до 21.05.2027.

    📥 Первая загрузка
    ✅ Заказы: загружено
    ✅ Продажи: загружено
    ⏳ Товары: загружаю…
    ✅ Остатки: загружено
    ✅ Отзывы: загружено
    [✖️ Отменить]

    -- edited
    Первая загрузка отменена: кабинета у вас больше нет, ваш токен удалён.
    [Начать заново]
    ");
    let shows_progress = |message: &testkit::telegram::Message| message.content.text.contains("📥");
    assert!(!world.messages().iter().any(shows_progress), "its progress is gone");
    assert_eq!(world.count("SELECT count(*) FROM wb_tokens").await, 0);
    world.tick().await;
    for table in ["SELECT count(*) FROM cabinets", "SELECT count(*) FROM wb_orders"] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
    world.press("Начать заново").await;
    assert!(world.last_text().contains("токен API Wildberries"));
}

#[tokio::test]
async fn who_deletes_their_data_is_a_stranger_again_and_the_others_stay() {
    let world = World::ready().await;
    let code = world.invite("Менеджера").await;
    world.telegram.person(BORIS, "Борис", Some("ru"));
    world.say_in(BORIS, &format!("/start {code}")).await;
    // Telegram takes no more than a few messages a second in one chat.
    world.clock.advance(TimeDelta::minutes(1));

    world.say("/settings").await;
    world.press("🗑 Удалить мои данные").await;
    insta::assert_snapshot!(world.press("🗑 Да, удалить всё").await, @"
    -- edited
    Готово: ваши данные удалены. Чтобы начать заново, отправьте /start.
    ");
    assert_eq!(world.count("SELECT count(*) FROM users").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM wb_tokens").await, 0, "their token is deleted");
    assert_eq!(world.count("SELECT count(*) FROM cabinet_users WHERE role = 'owner'").await, 1, "Boris owns it now");
    assert_eq!(world.count("SELECT count(*) FROM wb_orders").await, 100);

    world.say_in(BORIS, "/settings").await;
    world.press_in(BORIS, "🗑 Удалить мои данные").await;
    world.press_in(BORIS, "🗑 Да, удалить всё").await;
    world.tick().await;
    for table in ["users", "cabinets", "wb_orders", "events", "notification_history", "notification_settings", "chats"]
    {
        let sql = format!("SELECT count(*) FROM {table}");
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&world.database.pool).await.unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    world.say("/start").await;
    assert!(world.last_text().contains("пришлите одним сообщением токен API Wildberries"));
}

/// Where a text stands in the database: every table and column is looked through.
async fn found(world: &World, text: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_sqlx%'",
    )
    .fetch_all(&world.database.pool)
    .await
    .unwrap();
    let mut found = Vec::new();
    for table in tables {
        let sql = format!("SELECT '{table}: ' || t::text FROM {table} t WHERE t::text LIKE '%' || $1 || '%'");
        let rows: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(text).fetch_all(&world.database.pool).await.unwrap();
        found.extend(rows);
    }
    found
}

#[tokio::test]
async fn nothing_of_a_person_is_left_in_any_table_once_they_have_deleted_their_data() {
    const VERA: i64 = 7_654_321_987;
    const NAME: &str = "Вера-Заметная";
    const WORDS: &str = "слова-которых-больше-нигде-нет";
    let world = World::ready().await;
    // Ids that stand nowhere else.
    sqlx::query("ALTER SEQUENCE users_id_seq RESTART 987654321").execute(&world.database.pool).await.unwrap();
    world.telegram.person(VERA, NAME, Some("ru"));
    let code = world.invite("Менеджера").await;
    world.say_in(VERA, &format!("/start {code}")).await;
    let slowly = async || world.clock.advance(TimeDelta::minutes(2));
    slowly().await;
    world.say_in(VERA, &world.token(TokenType::Base)).await;
    slowly().await;
    // A token that waits for WB.
    let other = world.other_shop();
    world.wb.break_times(Method::Ping, Fault::Status(503), 8);
    let spec = testkit::wb::TokenSpec::of(other, TokenType::Personal);
    world.say_in(VERA, &world.wb.issue_token(&spec).unwrap()).await;
    slowly().await;
    world.told_review(WORDS).await;
    for text in ["/digest", "/notifications"] {
        slowly().await;
        world.say_in(VERA, text).await;
    }
    slowly().await;
    world.press_in(VERA, "✍️ Ответить").await;
    slowly().await;
    world.say_in(VERA, WORDS).await;
    world.telegram.block(VERA);
    world.rest().await;
    world.tick().await;
    world.telegram.unblock(VERA);
    world.rest().await;
    let user = sqlx::query_scalar::<_, i64>("SELECT id FROM users WHERE telegram_id = $1").bind(VERA);
    let user = user.fetch_one(&world.database.pool).await.unwrap().to_string();
    for text in [VERA.to_string().as_str(), NAME, &user] {
        assert_ne!(found(&world, text).await, Vec::<String>::new(), "{text} is there before");
    }

    slowly().await;
    world.say_in(VERA, "/settings").await;
    world.press_in(VERA, "🗑 Удалить мои данные").await;
    insta::assert_snapshot!(world.press_in(VERA, "🗑 Да, удалить всё").await, @"
    -- edited
    Готово: ваши данные удалены. Чтобы начать заново, отправьте /start.
    ");
    world.tick().await;
    let is_gone = async |when: &str| {
        for text in [VERA.to_string().as_str(), NAME, &user] {
            assert_eq!(found(&world, text).await, Vec::<String>::new(), "{text}, {when}");
        }
        // What a buyer wrote belongs to the shop; what Vera was about to answer does not.
        let rows = found(&world, WORDS).await;
        let of_shop = |row: &String| row.starts_with("wb_reviews: ") || row.starts_with("events: ");
        assert!(rows.iter().all(of_shop), "{when}: {rows:?}");
    };
    is_gone("after the deletion").await;
    world.telegram.block(VERA);
    world.rest().await;
    world.tick().await;
    is_gone("after a block").await;
    world.telegram.unblock(VERA);
    world.rest().await;
    world.tick().await;
    is_gone("after the return").await;
}
