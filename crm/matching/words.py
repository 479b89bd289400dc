"""Words that say nothing about which company it is, and those that people shorten."""

from typing import Final

# Legal forms as they stand after dots are taken out and letters are plain.
_LEGAL_FORMS = """
    ab abp ad ag aktiebolag aktiengesellschaft anonima anonyme aps as asa asbl ay bhd bv bvba ca
    cia co company corp corporation cpt cv cvba cyf dac dba dd doo dooel ead eeig eg ehf ei eireli
    eirl ek ekonomisk eood epe esp et etn eu eurl ev fop fzco fze fzllc gbr gesmbh ggmbh gie gmbh
    gmk gp hb hf ida inc incorporated is kb kda kft kg kgaa kk ks ky lc lda limitada limited llc
    lllp llp lp ltd ltda ltee mbh nv nyrt oao od oe ohg ood ooo oy oyj pao pc pjsc plc pllc
    private proprietary ps pt pte pty pvt qsc rt sa saa sab sad sae sagl sal sanayi sapa sapi sarl
    sas sasu sc sca scop scpa scrl sdn sdnbhd se sia sicav sl slne slu snc soc sociedad sociedade
    societa societe sp spa spj spk spol spoo spzoo srl srls sro ste sti tbk tic tov uab ug ultd
    unlimited vof vos vzw wll yk zao zat zoo zrt
"""
LEGAL_FORMS: Final = frozenset(_LEGAL_FORMS.split())
# Words that many names of one firm have or have not.
_GENERIC = """
    enterprises europe global group groupe grupo gruppe holding holdings industries international
    of services solutions the trading worldwide
"""
GENERIC: Final = frozenset(_GENERIC.split())
_STOP = """
    & and da de del den der des di do du e el en et i la le les los och og the und y
"""
STOP: Final = frozenset(_STOP.split())
SHORT: Final = {
    "intl": "international", "int": "international", "mfg": "manufacturing", "bros": "brothers",
    "grp": "group", "svcs": "services", "svc": "services", "sys": "systems", "tech": "technology",
    "techs": "technologies", "assoc": "associates", "natl": "national", "univ": "university",
    "ind": "industries", "inds": "industries", "eng": "engineering", "dist": "distribution",
    "mgmt": "management", "lab": "laboratories", "labs": "laboratories", "pharm": "pharmaceuticals",
    "pharma": "pharmaceuticals", "chem": "chemicals", "elec": "electric", "equip": "equipment",
    "ent": "enterprises", "hldg": "holding", "hldgs": "holdings", "mkt": "market", "ctr": "center",
    "centre": "center", "gen": "general", "prods": "products", "st": "saint", "mt": "mount",
}  # fmt: skip
STREET: Final = {
    "street": "st", "str": "st", "strasse": "st", "avenue": "ave", "av": "ave", "avda": "ave",
    "avenida": "ave", "road": "rd", "lane": "ln", "drive": "dr", "boulevard": "blvd", "square": "sq",
    "place": "pl", "court": "ct", "rue": "r", "via": "v", "calle": "c", "rua": "r", "suite": "ste",
    "building": "bldg", "floor": "fl", "north": "n", "south": "s", "east": "e", "west": "w",
    "plaza": "plz", "platz": "pl", "highway": "hwy", "parkway": "pkwy",
}  # fmt: skip
_FREEMAIL = """
    126.com 163.com aol.com att.net bluewin.ch btinternet.com comcast.net fastmail.com free.fr
    freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hetnet.nl
    hotmail.co.uk hotmail.com hushmail.com icloud.com interia.pl kpnmail.nl laposte.net libero.it
    live.com mac.com mail.com mail.ru me.com msn.com o2.pl onet.pl orange.fr outlook.com planet.nl
    proton.me protonmail.com qq.com seznam.cz skynet.be t-online.de telenet.be verizon.net
    virgilio.it wanadoo.fr web.de wp.pl yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.ru
    ymail.com ziggo.nl zoho.com
"""
FREEMAIL: Final = frozenset(_FREEMAIL.split())
COUNTRIES: Final = {
    name: code
    for code, names in {
        "US": "united states|usa|us|united states of america|u s a", "CA": "canada|kanada",
        "MX": "mexico|mexiko", "BR": "brazil|brasil|brasilien", "AR": "argentina|argentinien",
        "CL": "chile", "CO": "colombia|kolumbien", "PE": "peru", "VE": "venezuela", "EC": "ecuador",
        "GB": "united kingdom|uk|great britain|england|gb|scotland|wales|northern ireland",
        "IE": "ireland|irland", "DE": "germany|deutschland|allemagne|de",
        "AT": "austria|osterreich|at", "CH": "switzerland|schweiz|suisse|svizzera|ch",
        "FR": "france|frankreich|fr", "BE": "belgium|belgie|belgique|belgien|be",
        "NL": "netherlands|the netherlands|nederland|holland|nl|niederlande", "LU": "luxembourg",
        "IT": "italy|italia|italien|it", "ES": "spain|espana|spanien|es", "PT": "portugal|pt",
        "DK": "denmark|danmark|danemark|dk", "SE": "sweden|sverige|schweden|se",
        "NO": "norway|norge|norwegen|no", "FI": "finland|suomi|finnland|fi", "IS": "iceland",
        "PL": "poland|polska|polen|pl", "CZ": "czechia|czech republic|cesko|cz", "SK": "slovakia",
        "HU": "hungary|magyarorszag|ungarn", "RO": "romania|rumanien", "BG": "bulgaria",
        "GR": "greece|griechenland", "HR": "croatia", "SI": "slovenia", "RS": "serbia",
        "EE": "estonia", "LV": "latvia", "LT": "lithuania", "UA": "ukraine", "RU": "russia",
        "TR": "turkey|turkiye", "IL": "israel", "AE": "united arab emirates|uae|dubai",
        "SA": "saudi arabia", "QA": "qatar", "EG": "egypt", "ZA": "south africa", "NG": "nigeria",
        "KE": "kenya", "MA": "morocco", "IN": "india|indien", "PK": "pakistan", "CN": "china",
        "HK": "hong kong", "TW": "taiwan", "JP": "japan", "KR": "korea|south korea",
        "SG": "singapore", "MY": "malaysia", "TH": "thailand", "VN": "vietnam", "ID": "indonesia",
        "PH": "philippines|philipines", "AU": "australia", "NZ": "new zealand",
        "PA": "panama", "JO": "jordan",
    }.items()
    for name in names.split("|")
}  # fmt: skip
