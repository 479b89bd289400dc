"""Sales settings: which checks run and how strictly, who approves what, prices, taxes, rates."""

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from orders import forms_setup, services
from orders.checks import ALWAYS, REGISTRY
from orders.models import (
    ApprovalRule,
    CheckSetting,
    Discount,
    ExchangeRate,
    Price,
    PriceList,
    Product,
    TaxRate,
)
from people.doors import me
from people.setup import Table, Tables

may_set_up = permission_required("orders.change_checksetting", raise_exception=True)


TABLES: Final = {
    "approval-rules": Table(
        "Approval rules", "rule", "What must not leave without somebody else's yes.",
        ApprovalRule, forms_setup.RuleForm,
        (("Name", "name"), ("Looks at", "kind"), ("Threshold", "threshold"), ("Team", "team__name"),
         ("From EUR", "amount_from"), ("Approver", "approver__name"), ("In use", "is_active")),
        "orders.change_approvalrule",
    ),
    "price-lists": Table(
        "Price lists", "list", "A customer's own list goes before the segment's, that before the "
        "default one.", PriceList, forms_setup.PriceListForm,
        (("Name", "name"), ("Currency", "currency"), ("Default", "is_default"),
         ("Customer", "account__name"), ("Segment", "segment"), ("From", "valid_from"),
         ("Until", "valid_until")), "orders.change_pricelist",
    ),
    "prices": Table(
        "Prices", "price", "The highest quantity break that a line reaches counts, then the "
        "latest day.", Price, forms_setup.PriceForm,
        (("Product", "product__sku"), ("List", "price_list__name"), ("Amount", "amount"),
         ("From quantity", "min_quantity"), ("From", "valid_from"), ("Until", "valid_until")),
        "orders.change_pricelist",
    ),
    "discounts": Table(
        "Discounts", "discount", "The largest one that applies comes off the list price; they do "
        "not add up.", Discount, forms_setup.DiscountForm,
        (("Name", "name"), ("Percent", "percent"), ("Customer", "account__name"),
         ("Segment", "segment"), ("Product", "product__sku"), ("Category", "category"),
         ("From", "valid_from"), ("Until", "valid_until")), "orders.change_discount",
    ),
    "tax-rates": Table(
        "Taxes", "rate", "By country as accounts write it, and class of product; an empty country "
        "holds everywhere else.", TaxRate, forms_setup.TaxRateForm,
        (("Country", "country"), ("Class", "tax_class"), ("Percent", "percent"),
         ("From", "valid_from")), "orders.change_taxrate",
    ),
    "exchange-rates": Table(
        "Exchange rates", "rate", "What one euro is worth; the last one known on a day counts.",
        ExchangeRate, forms_setup.ExchangeRateForm,
        (("Currency", "currency"), ("Day", "on"), ("Per euro", "per_euro")),
        "orders.change_exchangerate",
    ),
    "products": Table(
        "Products", "product", "What we sell: packs, lead times, taxes, papers and substitutes.",
        Product, forms_setup.ProductForm,
        (("SKU", "sku"), ("Name", "name"), ("Pack", "pack_size"), ("Minimum", "minimum_quantity"),
         ("Lead days", "lead_time_days"), ("Tax", "tax_class"), ("Discontinued", "discontinued")),
        "orders.change_product",
    ),
}  # fmt: skip


@require_safe
@may_set_up
def settings(request: HttpRequest) -> HttpResponse:
    """The checks with their severities, and the way to the tables."""
    known = dict(CheckSetting.objects.values_list("code", "severity"))
    checks = [(c, known.get(c.CODE, "own"), c.CODE in ALWAYS) for c in REGISTRY]
    context = {"checks": checks, "severities": CheckSetting.Severity.choices, "tables": TABLES}
    return TemplateResponse(request, "orders/settings.html", context)


@require_POST
@may_set_up
def set_check(request: HttpRequest, code: str) -> HttpResponse:
    try:
        severity = request.POST.get("severity", "")
        services.setup.set_check(code, severity, by=me(request), at=timezone.now())
        messages.success(request, "The check acts that way from now on.")
    except services.Unusable as refusal:
        messages.error(request, str(refusal))
    return redirect("orders:settings")


SET_UP: Final = Tables("orders", TABLES, permission="orders.change_checksetting", home="settings")
