-- id: accounts_active
-- version: 1
-- valid_from: 2026-11-24
-- unit: accounts
-- kind: count
-- scale: natural
-- direction: 1
-- primary: false
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Cuentas activas
--   ca-ES-valencia: Comptes actius
--   en: Active accounts
-- formula:
--   es: Cuentas del registro con al menos una publicación (propia, respuesta o difundida) en el periodo.
--   ca-ES-valencia: Comptes del registre amb almenys una publicació (pròpia, resposta o difosa) en el període.
--   en: Accounts of the register with at least one publication (own, reply or repost) in the period.
-- unknowns:
--   es: Una cuenta que no se pudo leer no cuenta ni como activa ni como inactiva; se indica cuántas son. La cuenta abierta o cerrada durante el periodo cuenta si estuvo abierta en alguna parte de él.
--   ca-ES-valencia: Un compte que no es va poder llegir no compta ni com a actiu ni com a inactiu; s'indica quants són. El compte obert o tancat durant el període compta si va estar obert en alguna part d'este.
--   en: An account that could not be read counts neither as active nor as idle; their number is given. An account opened or closed during the period counts if it was open in some part of it.
-- source: Generalitat de Catalunya, Guia de xarxes socials, follow-up sheet; presencia's own threshold of one publication
SELECT unit, start AS window, if(n = 0, NULL, countIf(read AND posts > 0)) AS value, countIf(read) AS n, countIf(NOT read) AS unknown
FROM scope LEFT JOIN (SELECT account, start, count() AS posts FROM published GROUP BY account, start) AS p USING (account, start)
GROUP BY unit, start
