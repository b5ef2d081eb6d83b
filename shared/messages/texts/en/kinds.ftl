# What the kinds of event and the data sets are called.

kind-new-order = New orders
kind-order-buyout = Buyouts
kind-order-cancellation = Cancellations and refusals
kind-order-return = Returns
kind-negative-review = Bad reviews
kind-critical-stock = Stock running out
kind-first-sync = First load
kind-breaks = Breaks in the data
kind-digest = Digest
kind-collect-offer = Hints
kind-member-joined = Members
kind-member-asks = Requests to come back
kind-announcement = Announcements
kind-missed = What was missed

data-set-orders = Orders
data-set-sales = Sales
data-set-products = Products
data-set-stocks = Stock
data-set-reviews = Reviews

period-today = Today
period-yesterday = Yesterday
period-week = 7 days
period-month = 30 days
