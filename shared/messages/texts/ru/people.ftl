# Links that let people in, and who has joined.

button-invite = 👥 Пригласить
invite-screen =
    👥 <b>Пригласить</b>

    Ссылка одноразовая и действует 7 дней. Читатель видит всё и настраивает свои уведомления; менеджер ещё и отвечает на отзывы, выгружает данные и запускает обновление.
invite-nothing-owned = Приглашать может только владелец кабинета.
button-invite-reader = Читателя
button-invite-manager = Менеджера
button-invite-reader-to = Читателя · { $cabinet }
button-invite-manager-to = Менеджера · { $cabinet }
invite-made-reader =
    👥 Ссылка для читателя, одноразовая, действует до { $until }:
    { $link }
invite-made-manager =
    👥 Ссылка для менеджера, одноразовая, действует до { $until }:
    { $link }
invite-over = Эта ссылка уже не действует: она одноразовая и живёт 7 дней. Попросите новую.
invite-joined-reader = 🎉 Вы теперь читатель кабинета «{ $cabinet }».
invite-joined-manager = 🎉 Вы теперь менеджер кабинета «{ $cabinet }».
invite-first-sync = ⏳ Его первая загрузка ещё идёт: я напишу, как только она закончится.
invite-too-many =
    { $limit ->
        [one] У вас уже { $limit } кабинет — больше здесь нельзя.
        [few] У вас уже { $limit } кабинета — больше здесь нельзя.
       *[other] У вас уже { $limit } кабинетов — больше здесь нельзя.
    }
cabinet-unnamed = Кабинет
member-joined = 👥 { $name } теперь в кабинете «{ $cabinet }»: присоединился с токеном этого магазина как менеджер.
member-joined-by-link = 👥 { $name } теперь в кабинете «{ $cabinet }»: присоединился по вашей ссылке.
button-remove-member = Убрать
member-removed = Готово: этот человек больше не видит кабинет, его токен удалён.
member-is-gone = Этого человека в кабинете уже нет.
member-asks = 👥 { $name } снова прислал токен кабинета «{ $cabinet }», из которого вы этого человека убрали. Впустить? Через сутки токен будет удалён.
button-let-in = Впустить
button-keep-out = Не впускать
member-let-in = Готово: этот человек снова в кабинете как менеджер.
member-kept-out = Хорошо, не впускаю. Токен удалён.
member-asks-over = Этот вопрос уже не действует: токен удалён.
