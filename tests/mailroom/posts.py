"""Posts as mail providers make them, signed as they sign: the shapes of their documentation."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from functools import lru_cache
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PASSWORD = "hooks:a-long-shared-password"
MAILGUN_KEY = "key-0123456789abcdef0123456789abcdef"


@lru_cache
def sendgrid_key():
    return ec.generate_private_key(ec.SECP256R1())


def sendgrid_public():
    pem = sendgrid_key().public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )  # fmt: skip
    return "".join(pem.decode().splitlines()[1:-1])


def providers():
    """What settings.MAIL_PROVIDERS holds in these tests."""
    backend = "comms.backends.SpoolBackend"
    return {
        "mailgun": {"backend": backend, "hooks": {"by": "mailgun", "webhook_signing_key": MAILGUN_KEY}},
        "postmark": {"backend": backend, "hooks": {"by": "postmark", "webhook_secret": PASSWORD}},
        "news": {"backend": backend, "hooks": {
            "by": "sendgrid", "webhook_secret": PASSWORD,
            "tracking_webhook_verification_key": sendgrid_public()}},
        "ses": {"backend": backend, "hooks": {"by": "amazon_ses", "webhook_secret": PASSWORD}},
    }  # fmt: skip


def basic(password=PASSWORD):
    return {"Authorization": "Basic " + base64.b64encode(password.encode()).decode()}


def post(client, provider, way, body, kind="application/json", headers=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(
        f"/mail/hooks/{provider}/{way}/", raw, content_type=kind, headers=headers or {}
    )


# --- Mailgun --------------------------------------------------------------------------------------


def mailgun_signature(key=MAILGUN_KEY, token=None, stamp=None):
    token, stamp = token or uuid.uuid4().hex * 2, str(int(stamp or time.time()))
    signed = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": stamp, "token": token, "signature": signed}


def mailgun(
    event, delivery, *, number="G9Bn5sl1TC6nu79C8C0bwg", key=MAILGUN_KEY, signature=None, **more
):
    """https://documentation.mailgun.com/docs/mailgun/user-manual/events/webhooks/"""
    data = {
        "id": number, "timestamp": 1764000000.527, "log-level": "info", "event": event,
        "recipient": delivery.recipient, "recipient-domain": "northgate.example", "tags": [], "campaigns": [],
        "user-variables": {"delivery": delivery.message_id},
        "flags": {"is-routed": False, "is-authenticated": True, "is-system-test": False, "is-test-mode": False},
        "envelope": {"transport": "smtp", "sender": "desk@portal.localhost", "targets": delivery.recipient},
        "message": {"headers": {"to": delivery.recipient, "message-id": delivery.message_id.strip("<>"),
                                "from": "Desk <desk@portal.localhost>", "subject": "Test"},
                    "attachments": [], "size": 111},
        "delivery-status": {"tls": True, "code": 250, "message": "OK", "description": "", "attempt-no": 1},
    }  # fmt: skip
    return {"signature": signature or mailgun_signature(key), "event-data": data | more}


FAILED = {
    "severity": "permanent", "reason": "generic",
    "delivery-status": {"code": 550, "message": "5.1.1 The email account that you tried to reach does not exist",
                        "description": "", "attempt-no": 1},
}  # fmt: skip


def mailgun_mail(
    raw, *, signature=None, to="desk@portal.localhost", sender="claire@northgate.example"
):
    """A route that forwards raw MIME, as a urlencoded form."""
    fields = {"recipient": to, "sender": sender, "from": sender, "subject": "x",
              **(signature or mailgun_signature())}  # fmt: skip
    text = urlencode(fields).encode() + b"&" + urlencode({"body-mime": raw}).encode()
    return text, "application/x-www-form-urlencoded"


# --- Postmark -------------------------------------------------------------------------------------


def postmark(record, delivery, **more):
    """https://postmarkapp.com/developer/webhooks/webhooks-overview"""
    common = {"RecordType": record, "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
              "Metadata": {"delivery": delivery.message_id}, "Tag": "welcome", "ServerID": 23,
              "MessageStream": "outbound"}  # fmt: skip
    by_record = {
        "Delivery": {"Recipient": delivery.recipient, "DeliveredAt": "2026-11-24T09:05:00Z", "Details": "Test delivery"},
        "Bounce": {"ID": 4323372036854775807, "Type": "HardBounce", "TypeCode": 1, "Name": "Hard bounce",
                   "Description": "The server was unable to deliver your message (ex: unknown user).",
                   "Details": "smtp;550 5.1.1 unknown user", "Email": delivery.recipient,
                   "From": "desk@portal.localhost", "BouncedAt": "2026-11-24T09:06:00Z", "DumpAvailable": True,
                   "Inactive": True, "CanActivate": True, "Subject": "Test", "Content": "…"},
        "SpamComplaint": {"ID": 42, "Type": "SpamComplaint", "TypeCode": 100001, "Email": delivery.recipient,
                          "BouncedAt": "2026-11-24T09:07:00Z", "Details": "Test spam complaint"},
        "SubscriptionChange": {"Recipient": delivery.recipient, "Origin": "Recipient", "SuppressSending": True,
                               "SuppressionReason": "ManualSuppression", "ChangedAt": "2026-11-24T09:08:00Z"},
        "Open": {"FirstOpen": True, "Recipient": delivery.recipient, "ReceivedAt": "2026-11-24T09:09:00Z"},
    }  # fmt: skip
    return common | by_record.get(record, {}) | more


def postmark_mail(raw=None, **more):
    """https://postmarkapp.com/developer/webhooks/inbound-webhook"""
    body = {
        "FromName": "Claire", "MessageStream": "inbound", "From": "claire@northgate.example",
        "FromFull": {"Email": "claire@northgate.example", "Name": "Claire Ashworth", "MailboxHash": ""},
        "To": "desk@portal.localhost", "ToFull": [{"Email": "desk@portal.localhost", "Name": "Desk", "MailboxHash": ""}],
        "Cc": "", "CcFull": [], "Bcc": "", "BccFull": [], "OriginalRecipient": "desk@portal.localhost",
        "Subject": "Which seal?", "MessageID": "73e6d360-66eb-11e1-8e72-a8904824019b", "ReplyTo": "",
        "MailboxHash": "", "Date": "Tue, 24 Nov 2026 09:00:00 +0000", "TextBody": "Do you have DN 50?",
        "HtmlBody": "<p>Do you have DN 50?</p>", "StrippedTextReply": "", "Tag": "",
        "Headers": [{"Name": "Return-Path", "Value": "<claire@northgate.example>"},
                    {"Name": "Message-ID", "Value": "<parsed-1@northgate.example>"}],
        "Attachments": [{"Name": "data.csv", "Content": base64.b64encode(b"a,b\n1,2\n").decode(),
                         "ContentType": "text/csv", "ContentLength": 8}],
    }  # fmt: skip
    return body | ({"RawEmail": raw.decode("utf-8")} if raw else {}) | more


# --- SendGrid -------------------------------------------------------------------------------------


def sendgrid(event, delivery, *, number="sg-1", **more):
    """https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event"""
    return {
        "email": delivery.recipient, "timestamp": 1764000000, "smtp-id": delivery.message_id, "event": event,
        "category": ["cat facts"], "sg_event_id": number, "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001",
        "delivery": delivery.message_id, **more,
    }  # fmt: skip


def sendgrid_headers(body, key=None):
    stamp = str(int(time.time()))
    signed = (key or sendgrid_key()).sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return basic() | {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signed).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
    }


def sendgrid_post(client, events, headers=None):
    body = json.dumps(events).encode()
    return post(
        client,
        "news",
        "tracking",
        body,
        headers=sendgrid_headers(body) if headers is None else headers,
    )


def form(fields, boundary="xYzZY"):
    """A multipart/form-data body; values are bytes."""
    lines = b"".join(
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (boundary.encode(), name.encode(), value)
        for name, value in fields.items()
    )
    return (
        lines + b"--" + boundary.encode() + b"--\r\n",
        f"multipart/form-data; boundary={boundary}",
    )


def sendgrid_mail(raw, to=("desk@portal.localhost",), boundary="xYzZY"):
    """Inbound Parse, "post the raw, full MIME message"."""
    envelope = {"to": list(to), "from": "claire@northgate.example"}
    return form({"email": raw, "to": b"desk@portal.localhost", "envelope": json.dumps(envelope).encode(),
                 "charsets": b'{"to":"UTF-8"}', "sender_ip": b"10.0.0.1", "spam_score": b"0.1"}, boundary)  # fmt: skip


# --- Amazon SES -----------------------------------------------------------------------------------


def sns(message, number=None):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html; (body, headers)"""
    number = number or str(uuid.uuid4())
    body = {
        "Type": "Notification", "MessageId": number, "TopicArn": "arn:aws:sns:eu-west-1:1234567890:SES_Events",
        "Subject": "Amazon SES Email Event Notification", "Message": json.dumps(message),
        "Timestamp": "2026-11-24T09:05:00.000Z", "SignatureVersion": "1", "Signature": "EXAMPLE",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
    }  # fmt: skip
    return body, basic() | {
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": number,
    }


def ses(kind, delivery, **more):
    mail = {
        "timestamp": "2026-11-24T09:00:00.000Z", "source": "desk@portal.localhost", "sendingAccountId": "123456789012",
        "messageId": "00000137860315fd-34208509-5b74-41f3-95c5-22c1edc3c924-000000",
        "destination": [delivery.recipient], "headersTruncated": False,
        "headers": [{"name": "X-Metadata", "value": json.dumps({"delivery": delivery.message_id})}],
    }  # fmt: skip
    by_kind = {
        "Bounce": {"bounceType": "Permanent", "bounceSubType": "General", "timestamp": "2026-11-24T09:05:00.000Z",
                   "feedbackId": "f", "bouncedRecipients": [{
                       "emailAddress": delivery.recipient, "status": "5.1.1", "action": "failed",
                       "diagnosticCode": "smtp; 550 5.1.1 user unknown"}]},
        "Complaint": {"complainedRecipients": [{"emailAddress": delivery.recipient}], "feedbackId": "f",
                      "timestamp": "2026-11-24T09:05:00.000Z", "complaintFeedbackType": "abuse"},
        "Delivery": {"timestamp": "2026-11-24T09:05:00.000Z", "recipients": [delivery.recipient],
                     "processingTimeMillis": 546, "smtpResponse": "250 ok: Message accepted"},
    }  # fmt: skip
    return {"eventType": kind, "mail": mail, kind.lower(): by_kind[kind] | more}


def ses_mail(raw):
    return {
        "notificationType": "Received", "content": base64.b64encode(raw).decode(),
        "mail": {"timestamp": "2026-11-24T09:00:00.000Z", "source": "claire@northgate.example",
                 "messageId": "d6iitobk75ur44p8kdnnp7g2n800", "destination": ["desk@portal.localhost"]},
        "receipt": {"timestamp": "2026-11-24T09:00:01.000Z", "recipients": ["desk@portal.localhost"],
                    "spamVerdict": {"status": "PASS"},
                    "action": {"type": "SNS", "topicArn": "arn:aws:sns:eu-west-1:1234567890:SES_In",
                               "encoding": "BASE64"}},
    }  # fmt: skip
