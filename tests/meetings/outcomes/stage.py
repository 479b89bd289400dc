"""An app above that asks for the stage of a deal beside the outcome; it keeps it in the place."""

from django import forms

from meetings.services import BadMeeting


class StageForm(forms.Form):
    stage = forms.CharField(label="Stage of the deal")


class Stage:
    title = "Deal"

    def form(self, meeting, user, data):
        return StageForm(data, prefix="deal")

    def apply(self, meeting, form, *, by, at):
        if form.cleaned_data["stage"] == "refused":
            raise BadMeeting("There is no such stage.")
        meeting.place = form.cleaned_data["stage"]
        meeting.save(update_fields=["place"])


PART = Stage()
