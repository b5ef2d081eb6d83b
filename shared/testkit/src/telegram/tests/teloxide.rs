//! Whatever the fake says is parsed by the types of a third party.

use teloxide_core::{
    Bot, RequestError,
    payloads::{
        AnswerCallbackQuerySetters, EditMessageReplyMarkupSetters, EditMessageTextSetters, GetUpdatesSetters,
        SendMessageSetters, SendPhotoSetters, SetMyCommandsSetters, SetWebhookSetters,
    },
    prelude::Requester,
    types::{
        AllowedUpdate, BotCommand, CallbackQueryId, ChatId, ChatMemberKind, InlineKeyboardButton, InlineKeyboardMarkup,
        InputFile, LinkPreviewOptions, MaybeInaccessibleMessage, MessageId, ParseMode, ReplyParameters, Update,
        UpdateKind,
    },
};

use super::*;

fn bot(world: &World) -> Bot {
    Bot::with_client(TOKEN, world.http.clone()).set_api_url(world.fake.url().parse().unwrap())
}

#[tokio::test]
async fn teloxide_parses_every_result() {
    let world = World::new().await;
    let bot = bot(&world);
    let chat = ChatId(1000);
    let me = bot.get_me().await.unwrap();
    assert_eq!((me.id.0, me.is_bot), (123_456, true));

    let keyboard = InlineKeyboardMarkup::new([[
        InlineKeyboardButton::callback("Да", "yes"),
        InlineKeyboardButton::url("Сайт", "https://x.ru".parse().unwrap()),
    ]]);
    let preview = LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    };
    let html = "📦 <b>Заказ</b> <a href=\"https://x.ru/1\">1</a> <code>c</code> <pre><code class=\"language-rust\">p</code></pre> \
                <blockquote expandable>q</blockquote> <tg-spoiler>s</tg-spoiler> <a href=\"tg://user?id=5\">u</a>";
    let sent = bot
        .send_message(chat, html)
        .parse_mode(ParseMode::Html)
        .link_preview_options(preview)
        .reply_markup(keyboard.clone())
        .disable_notification(true)
        .protect_content(true)
        .await
        .unwrap();
    assert_eq!(sent.text(), Some("📦 Заказ 1 c p q s u"));
    assert_eq!(sent.entities().unwrap().len(), 7);
    assert_eq!((sent.chat.is_private(), sent.from.as_ref().unwrap().is_bot), (true, true));
    assert_eq!(sent.reply_markup(), Some(&keyboard));

    let edited = bot.edit_message_text(chat, sent.id, "Заказ").reply_markup(keyboard).await.unwrap();
    assert_eq!((edited.id, edited.text(), edited.edit_date().is_some()), (sent.id, Some("Заказ"), true));
    let bare =
        bot.edit_message_reply_markup(chat, sent.id).reply_markup(InlineKeyboardMarkup::default()).await.unwrap();
    assert_eq!(bare.reply_markup(), None);

    let by_url = InputFile::url("https://x.ru/1.jpg".parse().unwrap());
    let photo = bot.send_photo(chat, by_url).caption("<b>x</b>").parse_mode(ParseMode::Html).await.unwrap();
    assert_eq!((photo.caption(), photo.photo().unwrap().len()), (Some("x"), 2));
    let upload = InputFile::memory(PNG).file_name("1.png");
    bot.send_photo(chat, upload).reply_parameters(ReplyParameters::new(photo.id)).await.unwrap();
    world.clock.advance(TimeDelta::seconds(1));
    let by_id = InputFile::file_id(photo.photo().unwrap()[0].file.id.clone());
    bot.send_photo(chat, by_id).await.unwrap();

    bot.delete_message(chat, sent.id).await.unwrap();
    bot.set_my_commands([BotCommand::new("start", "Начать")]).language_code("ru").await.unwrap();
    assert_eq!(bot.get_my_commands().await.unwrap(), []);
    bot.set_my_description().await.unwrap();
    bot.set_webhook("https://x.ru/hook".parse().unwrap())
        .secret_token("s")
        .allowed_updates([AllowedUpdate::Message, AllowedUpdate::CallbackQuery])
        .await
        .unwrap();
    let info = bot.get_webhook_info().await.unwrap();
    assert_eq!((info.url.unwrap().as_str(), info.max_connections), ("https://x.ru/hook", Some(40)));
    bot.delete_webhook().await.unwrap();
    assert_eq!(bot.get_webhook_info().await.unwrap().url, None);
    assert_eq!(world.problems(), [""; 0], "teloxide sends nothing that the fake does not know");
}

#[tokio::test]
async fn teloxide_parses_every_update() {
    let world = World::new().await;
    let bot = bot(&world);
    world.fake.person(7, "Пётр", None);
    world.fake.say(7, "/start cab_1").unwrap();
    bot.send_message(ChatId(7), "Ну?")
        .reply_markup(InlineKeyboardMarkup::new([[InlineKeyboardButton::callback("Да", "yes")]]))
        .await
        .unwrap();
    world.fake.press(7, None, "Да").unwrap();
    world.fake.block(7);
    world.fake.unblock(7);

    let updates = bot.get_updates().timeout(0).limit(100).await.unwrap();
    assert_eq!(updates.len(), 4);
    let UpdateKind::Message(message) = &updates[0].kind else { panic!("{updates:?}") };
    assert_eq!((message.text(), message.entities().unwrap().len()), (Some("/start cab_1"), 1));
    assert_eq!(message.from.as_ref().unwrap().language_code, None);
    let UpdateKind::CallbackQuery(query) = &updates[1].kind else { panic!("{updates:?}") };
    assert_eq!(query.data.as_deref(), Some("yes"));
    assert!(matches!(query.message, Some(MaybeInaccessibleMessage::Regular(_))));
    bot.answer_callback_query(query.id.clone()).text("Готово").await.unwrap();
    let states: Vec<_> = updates[2..]
        .iter()
        .map(|Update { kind, .. }| match kind {
            UpdateKind::MyChatMember(change) => matches!(change.new_chat_member.kind, ChatMemberKind::Banned(_)),
            _ => panic!("{kind:?}"),
        })
        .collect();
    assert_eq!(states, [true, false]);
    assert!(updates.windows(2).all(|pair| pair[0].id < pair[1].id));
}

#[tokio::test]
async fn teloxide_understands_refusals() {
    let world = World::new().await;
    let bot = bot(&world);
    let error = bot.send_message(ChatId(7), "x").await.unwrap_err();
    assert!(matches!(error, RequestError::Api(teloxide_core::ApiError::ChatNotFound)), "{error:?}");
    let error = bot.edit_message_text(ChatId(1000), MessageId(9), "x").await.unwrap_err();
    assert!(matches!(error, RequestError::Api(teloxide_core::ApiError::MessageToEditNotFound)), "{error:?}");
    let error = bot.answer_callback_query(CallbackQueryId("1".to_owned())).await.unwrap_err();
    assert!(error.to_string().contains("query ID is invalid"), "{error:?}");
    world.fake.break_next("sendMessage", Fault::TooManyRequests { seconds: 5 }, 1).unwrap();
    let error = bot.send_message(ChatId(1000), "x").await.unwrap_err();
    assert!(matches!(error, RequestError::RetryAfter(wait) if wait.seconds() == 5), "{error:?}");
}
