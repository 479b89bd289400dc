"""How programs say that somebody is away, at the beginning of a subject, in the tongues of our customers.

Only whole phrases: "Absence of the gasket" is a person's.
"""

import re
from typing import Final

ANSWERS: Final = r"((re|aw|sv|antw|vs|tr) ?: *)*"
PHRASES: Final = (
    # English
    r"\[auto[^]]*\]", r"auto(matic)? *:", r"out[ -]of[ -](the[ -])?office", r"automatic(al)? (reply|response)",
    r"auto[- ]?(reply|repl[yi]|respon\w*)", r"i( am|'m) away", r"away from (my|the) (desk|office|mail)",
    r"vacation (reply|response|auto|message|notice)", r"on (vacation|holiday|(annual|parental) leave)\b",
    # German, Dutch
    r"abwesen(d|heit(s|:|$| ))", r"automatische? (antwort|antwoord)", r"automatisch antwoord", r"afwezig",
    r"niet aanwezig",
    # French
    r"réponse automatique", r"absence du bureau", r"message d.absence", r"absen(ce|te?) *(:|$|du |jusqu|until |from )",
    # Italian, Spanish, Portuguese, Romanian
    r"fuori (sede|ufficio)", r"risposta automatica", r"assenza dall.ufficio", r"respuesta autom[áa]tica",
    r"fuera de (la )?oficina", r"ausente de la oficina", r"resposta autom[áa]tica", r"fora do escritório",
    r"ausência( *:|$| temporária| do escritório)", r"răspuns automat",
    # Danish, Norwegian, Swedish, Finnish
    r"autosvar", r"automatiskt? svar", r"frånvaro *(:|$|meddelande)", r"fravær *(:|$|smelding)",
    r"automaattinen vastaus", r"poissa (toimistolta|työpaikalta)", r"poissa *(:|$)",
    # Polish, Czech, Slovak, Hungarian, Turkish, Greek
    r"odpowiedź automatyczna", r"automatyczna odpowiedź", r"nieobecność *(:|$|w )", r"poza biurem",
    r"automatick[áa] odpove[ďd]ě?", r"automatická odpověď", r"mimo kancelář", r"automatikus válasz", r"házon kívül",
    "otomatik yan\N{LATIN SMALL LETTER DOTLESS I}t", r"αυτόματη απάντηση", r"εκτός γραφείου",
    # Russian, Ukrainian
    r"автоответ", r"автоматический ответ", r"автоматична відповідь", r"вне офиса", r"меня нет в офисе",
    # Japanese, Chinese, Korean, Arabic, Hebrew
    r"自動(返信|応答|回覆|回复)", r"不在(の|通知|連絡)", r"自动(回复|答复|回覆)", r"外出自动",
    r"자동 ?(회신|응답)", r"부재중",
    r"رد تلقائي", r"מענה אוטומטי",
)  # fmt: skip
AWAY: Final = re.compile(f"^{ANSWERS}({'|'.join(PHRASES)})", re.IGNORECASE)
