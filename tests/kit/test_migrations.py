"""Migrations in less time make the same tables."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from kit.migrations import Together, fields_taken_apart_once

STEPS = [
    migrations.CreateModel(
        "Berth", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=9))]
    ),
    migrations.CreateModel("Ship", [("id", models.BigAutoField(primary_key=True))]),
    migrations.AddField("ship", "berth", models.ForeignKey("kit_probe.berth", models.CASCADE)),
    migrations.AddField("berth", "length", models.IntegerField(default=0)),
    migrations.AddIndex("Berth", models.Index(fields=["name"], name="probe_by_name")),
    migrations.AddConstraint(
        "berth", models.CheckConstraint(name="probe_length", condition=models.Q(length__gte=0))
    ),
]  # fmt: skip


def run(operations):
    """The tables after these operations, and what is left when they are taken back."""
    migration = migrations.Migration("0001", "kit_probe")
    migration.operations = operations
    before = ProjectState()
    with connection.schema_editor() as editor:
        migration.apply(before.clone(), editor)
    made = tables()
    with connection.schema_editor() as editor:
        migration.unapply(before.clone(), editor)
    return made, tables()


def tables():
    found = {}
    with connection.cursor() as sql:
        for name in connection.introspection.table_names(sql):
            if name.startswith("kit_probe"):
                columns = connection.introspection.get_table_description(sql, name)
                rules = connection.introspection.get_constraints(sql, name)
                found[name] = ([(c.name, c.type_code, c.null_ok) for c in columns], rules)
    return found


@pytest.mark.django_db(transaction=True)
def test_steps_together_make_the_tables_of_the_steps_one_by_one():
    one_by_one, together = run(STEPS), run([Together(STEPS)])
    assert set(one_by_one[0]) == {"kit_probe_berth", "kit_probe_ship"}
    assert "probe_by_name" in one_by_one[0]["kit_probe_berth"][1]
    assert together == one_by_one
    assert together[1] == {}


@pytest.mark.django_db(transaction=True)
def test_a_step_that_is_left_out_would_be_noticed():
    assert run([Together(STEPS[:-1])])[0] != run(STEPS)[0]


class TestFieldsTakenApartOnce:
    @pytest.mark.parametrize(
        "field",
        [
            models.CharField("Name", max_length=9, choices=[("a", "A")], default="a"),
            models.ForeignKey("people.user", models.SET_NULL, null=True, related_name="+"),
            models.DecimalField(max_digits=9, decimal_places=2, null=True),
        ],
    )
    def test_are_copied_as_ever(self, field):
        plain = field.clone().deconstruct()
        with fields_taken_apart_once():
            assert [field.clone().deconstruct() for _ in range(2)] == [plain, plain]
            assert field.clone() is not field

    def test_only_within(self):
        before = models.Field.clone
        with fields_taken_apart_once():
            assert models.Field.clone is not before
        assert models.Field.clone is before
