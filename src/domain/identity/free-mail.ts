import { identityKey, keyKind, keyValue, type IdentityKey } from "./key.ts";

/**
 * Providers that hand addresses to anybody: sharing such a domain says nothing about sharing an employer, so these domains never join.
 * The list holds the big providers by number of mailboxes and their country editions; a domain that is missing here can still be left unlinked.
 */
const FREE_MAIL_DOMAINS: ReadonlySet<string> = new Set(
  [
    "gmail.com googlemail.com outlook.com outlook.de outlook.fr outlook.es outlook.it outlook.jp hotmail.com hotmail.co.uk hotmail.de hotmail.fr",
    "hotmail.it hotmail.es live.com live.co.uk live.de live.fr live.nl msn.com passport.com",
    "yahoo.com yahoo.co.uk yahoo.co.in yahoo.co.jp yahoo.com.br yahoo.com.au yahoo.com.ar yahoo.com.mx yahoo.ca yahoo.de yahoo.es yahoo.fr yahoo.in",
    "yahoo.it ymail.com rocketmail.com aol.com aim.com icloud.com me.com mac.com proton.me protonmail.com protonmail.ch pm.me tutanota.com tuta.io",
    "gmx.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de arcor.de mail.com email.com zoho.com zohomail.com fastmail.com fastmail.fm hey.com",
    "yandex.com yandex.ru ya.ru mail.ru bk.ru inbox.ru list.ru rambler.ru qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com",
    "naver.com daum.net hanmail.net rediffmail.com orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it tiscali.it alice.it",
    "btinternet.com sky.com virginmedia.com ntlworld.com talktalk.net comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net",
    "earthlink.net shaw.ca rogers.com sympatico.ca bigpond.com optusnet.com.au uol.com.br bol.com.br terra.com.br ig.com.br seznam.cz wp.pl o2.pl onet.pl",
    "interia.pl ukr.net abv.bg bluewin.ch ziggo.nl kpnmail.nl home.nl telenet.be skynet.be mailinator.com guerrillamail.com yopmail.com 10minutemail.com",
  ]
    .join(" ")
    .split(" "),
);

export const isFreeMailDomain = (domain: string): boolean => FREE_MAIL_DOMAINS.has(domain.trim().toLowerCase());

/** Whether events may be joined by this key at all. */
export const joins = (key: string): boolean =>
  !(keyKind(key as IdentityKey) === "domain" && FREE_MAIL_DOMAINS.has(keyValue(key as IdentityKey)));

/** The domain key an e-mail address joins by; null where it has none or its provider is free-mail. */
export function domainKeyOf(email: string): IdentityKey | null {
  const at = email.lastIndexOf("@");
  const domain = email.slice(at + 1).trim();
  return at < 1 || !domain.includes(".") || isFreeMailDomain(domain) ? null : identityKey("domain", domain);
}
