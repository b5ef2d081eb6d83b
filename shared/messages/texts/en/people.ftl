# Links that let people in, and who has joined.

button-invite = 👥 Invite
invite-screen =
    👥 <b>Invite</b>

    A link works once and for 7 days. A reader sees everything and has their own notification settings; a manager also answers reviews, exports data and starts a sync.
invite-nothing-owned = Only the owner of a cabinet can invite.
button-invite-reader = A reader
button-invite-manager = A manager
button-invite-reader-to = A reader · { $cabinet }
button-invite-manager-to = A manager · { $cabinet }
invite-made-reader =
    👥 A link for a reader, good for one person until { $until }:
    { $link }
invite-made-manager =
    👥 A link for a manager, good for one person until { $until }:
    { $link }
invite-over = This link no longer works: it is good for one person and for 7 days. Ask for a new one.
invite-joined-reader = 🎉 You are a reader of the cabinet “{ $cabinet }” now.
invite-joined-manager = 🎉 You are a manager of the cabinet “{ $cabinet }” now.
invite-first-sync = ⏳ Its first load is still going on: I write as soon as it is over.
invite-too-many =
    { $limit ->
        [one] You have { $limit } cabinet already, and there can be no more here.
       *[other] You have { $limit } cabinets already, and there can be no more here.
    }
cabinet-unnamed = Cabinet
member-joined = 👥 { $name } is in the cabinet “{ $cabinet }” now: joined with a token of this shop as a manager.
member-joined-by-link = 👥 { $name } is in the cabinet “{ $cabinet }” now: joined by your link.
button-remove-member = Remove
member-removed = Done: this person no longer sees the cabinet, and the token is deleted.
member-is-gone = This person is not in the cabinet any more.
member-asks = 👥 { $name } sent the token of the shop “{ $cabinet }” again, from which you had removed them. Let them in? The token is deleted in 24 hours.
button-let-in = Let in
button-keep-out = Keep out
member-let-in = Done: this person is in the shop again, as a manager.
member-kept-out = All right, I keep them out. The token is deleted.
member-asks-over = This question is over: the token is deleted.
