# Before the main menu: the request for a token, how to get one, language, deletion of all data.

ask-for-token =
    👋 <b>WB Assist</b> writes here when something happens in your Wildberries shop: orders, buyouts, cancellations, returns, bad reviews, stock running out.

    To begin, send your <b>Wildberries API token</b> in one message. I delete that message at once, keep the token encrypted and never show it to anybody again.

    Employees need no token: ask the owner of the cabinet for an invitation link and open it.
how-to-title = How to get a token
how-to-get-a-token =
    <b>How to get a token</b>
    1. Open WB's seller portal: Настройки → Доступ к API (Settings → API access). Only the owner of the profile can create a token.
    2. Tick the categories Статистика, Аналитика, Контент, Вопросы и отзывы (Statistics, Analytics, Content, Feedback and questions).
    3. Choose «Только чтение» (read only) unless you want to answer reviews from here.
    4. Copy the token and send it here in one message. It lives for 180 days.

    Are you an employee? You need no token: ask the owner of the cabinet for an invitation.
button-language = 🌐 Язык · Language
button-delete-my-data = 🗑 Delete my data
button-back = ← Back
choose-language = 🌐 Which language shall I speak to you?
delete-my-data =
    🗑 <b>Delete my data?</b>

    Your settings, the tokens that you have sent and your access to cabinets will be deleted. A cabinet with no other member is deleted together with all data of the shop. They cannot be brought back.
button-delete-for-good = 🗑 Yes, delete everything
data-deleted = Done: your data are deleted. To begin anew, send /start.
ask-for-a-link = 🔒 This bot works by invitation. Ask whoever runs it, or the owner of a cabinet, for a link and open it. If nothing happens, send the link here as a message.
token-deleted-unread = I have deleted the message with the token without reading it.
