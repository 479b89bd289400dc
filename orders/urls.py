"""/orders/"""

from django.urls import path

from orders import views

app_name = "orders"
urlpatterns = [
    path("", views.orders, name="orders"),
    path("new/", views.new_order, name="new"),
    path("stock/", views.stock, name="stock"),
    path("products/search/", views.product_search, name="product_search"),
    path("accounts/search/", views.account_search, name="account_search"),
    path("quotes/", views.quotes, name="quotes"),
    path("quotes/new/", views.new_quote, name="new_quote"),
    path("quotes/<int:pk>/", views.quote, name="quote"),
    path("quotes/<int:pk>/send/", views.send_quote, name="send_quote"),
    path("quotes/<int:pk>/decline/", views.decline_quote, name="decline_quote"),
    path("quotes/<int:pk>/order/", views.order_from_quote, name="order_from_quote"),
    path("<int:pk>/", views.order, name="order"),
    path("<int:pk>/details/", views.details, name="details"),
    path("<int:pk>/check/", views.check, name="check"),
    path("<int:pk>/confirm/", views.confirm, name="confirm"),
    path("<int:pk>/ship/", views.ship, name="ship"),
    path("<int:pk>/deliver/", views.deliver, name="deliver"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
    path("<int:pk>/hold/", views.hold, name="hold"),
    path("<int:pk>/release/", views.release, name="release"),
    path("<int:pk>/report/", views.report, name="report"),
    path("<int:pk>/lines/", views.add_line, name="add_line"),
    path("<int:pk>/lines/<int:line>/", views.change_line, name="change_line"),
    path("<int:pk>/lines/<int:line>/remove/", views.remove_line, name="remove_line"),
    path("<int:pk>/issues/<int:issue>/fix/", views.fix, name="fix"),
    path("<int:pk>/issues/<int:issue>/override/", views.override, name="override"),
]
