/**
 * The sites that Tabtalk looks away from unless the person says otherwise. A name stands for the site and everything below
 * it; `*` stands for anything. It cannot be complete: what is missing is added on the options page. Web mail is not in it,
 * since many want to talk about their mail. Sign-in pages are not, because they stand as frames in pages of all kinds; what
 * is typed there is blacked out.
 * @type {Readonly<{[category: string]: readonly string[]}>}
 */
export const SENSITIVE_SITES = Object.freeze({
  banks: [
    // What banks everywhere call the part behind the sign-in; and the top-level domain that only banks get.
    '*.bank', 'banking.*', 'ebanking.*', 'ebank.*', 'netbank.*', '*onlinebanking*',
    '*online-banking*', '*internetbanking*', '*netbanking*', '*mobilebanking*', '*homebanking*', 'ibank.*', 'mybank.*', 'perbank.*',
    // Americas
    'chase.com', 'bankofamerica.com', 'wellsfargo.com', 'citi.com', 'citibank.*', 'usbank.com', 'capitalone.com', 'pnc.com', 'truist.com',
    'ally.com', 'schwab.com', 'fidelity.com', 'vanguard.com', 'etrade.com', 'robinhood.com', 'americanexpress.com', 'discover.com',
    'navyfederal.org', 'usaa.com', 'sofi.com', 'chime.com', 'rbcroyalbank.com', 'td.com', 'scotiabank.com', 'bmo.com', 'cibc.com',
    'itau.com.br', 'bradesco.com.br', 'nubank.com.br', 'bb.com.br', 'bbva.*', 'banorte.com',
    // Europe
    'hsbc.*', 'barclays.*', 'lloydsbank.*', 'natwest.com', 'halifax.co.uk', 'nationwide.co.uk', 'monzo.com', 'starlingbank.com',
    'santander.*', 'caixabank.*', 'deutsche-bank.*', 'commerzbank.*', 'comdirect.*', 'dkb.de', 'sparkasse.*', '*sparkasse*.de', 'ing.com', 'ing.de', 'ing.nl',
    'n26.com', 'postbank.*', 'consorsbank.*', 'ubs.com', 'postfinance.ch', 'raiffeisen.*', 'bnpparibas.*', 'mabanque.bnpparibas',
    'creditagricole.*', 'credit-agricole.*', 'societegenerale.*', 'labanquepostale.fr', 'boursorama.com', 'boursobank.com',
    'intesasanpaolo.com', 'unicredit.*', 'rabobank.*', 'abnamro.*', 'nordea.*', 'danskebank.*', 'swedbank.*', 'seb.se', 'handelsbanken.*',
    'dnb.no', 'pkobp.pl', 'mbank.*', 'revolut.com', 'bunq.com', 'tinkoff.ru', 'tbank.ru', 'sberbank.*',
    // Asia, Africa, Oceania
    'icbc.com.cn', 'ccb.com', 'abchina.com', 'boc.cn', 'bankcomm.com', 'cmbchina.com', 'spdb.com.cn', 'cib.com.cn', 'citicbank.com',
    'psbc.com', 'pingan.com', 'hangseng.com', 'dbs.*', 'ocbc.*', 'uob.*', 'sc.com', 'mufg.jp', 'smbc.co.jp', 'mizuhobank.*',
    'rakuten-bank.co.jp', 'kbstar.com', 'shinhan.com', 'wooribank.com', 'hdfcbank.com', 'icicibank.com', 'onlinesbi.*', 'sbi.co.in',
    'axisbank.com', 'commbank.com.au', 'westpac.*', 'anz.com', 'anz.co.nz', 'anz.com.au', 'nab.com.au', 'fnb.co.za', 'standardbank.*', 'absa.*',
  ],
  passwords: [
    '1password.*', 'bitwarden.*', 'lastpass.com', 'dashlane.com', 'keepersecurity.*', 'nordpass.com',
    'pass.proton.me', 'roboform.com', 'enpass.io', 'passbolt.com', 'passwords.google.com', 'vault.zoho.com', 'authy.com',
  ],
  health: [
    '*mychart*', '*patientportal*', '*patient-portal*', 'myhealth.*', 'followmyhealth.com', 'athenahealth.com',
    'nextmd.com', 'healthvault.com', 'login.nhs.uk', 'nhsapp.service.nhs.uk', 'access.login.nhs.uk', 'patientaccess.com',
    'myhealthrecord.gov.au', 'doctolib.*', 'gesundheitsportal.*', 'ameli.fr', 'monespacesante.fr', 'kaiserpermanente.org', 'kp.org',
    'myuhc.com', 'anthem.com', 'cigna.com', 'aetna.com', 'healthcare.gov', 'medicare.gov', 'myhealth.va.gov', 'guahao.com',
  ],
  payment: [
    'paypal.*', 'venmo.com', 'cash.app', 'wise.com', 'klarna.com', 'skrill.com', 'neteller.com', 'payoneer.com',
    'pay.google.com', 'wallet.google.com', 'payments.google.com', 'pay.amazon.*', 'checkout.stripe.com', 'buy.stripe.com',
    'dashboard.stripe.com', 'squareup.com', 'adyen.com', 'alipay.com', 'pay.weixin.qq.com', 'tenpay.com', 'unionpay.com',
    'unionpayintl.com', '95516.com', 'coinbase.com', 'binance.com', 'kraken.com', 'blockchain.com', 'metamask.io', 'paytm.com', 'phonepe.com',
  ],
});
