-- id: compliance_must
-- version: 1
-- valid_from: 2026-11-24
-- group: compliance
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 1
-- primary: false
-- worthwhile: 5
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Cumplimiento de las reglas obligatorias
--   ca-ES-valencia: Compliment de les regles obligatòries
--   en: Compliance with mandatory rules
-- formula:
--   es: Como el cumplimiento de la guía, solo con las reglas de gravedad crítica o alta (lo que la ley o la guía exigen). Por cada regla, porcentaje de comprobaciones evaluables que la cumplen; después, media de las reglas.
--   ca-ES-valencia: Com el compliment de la guia, només amb les regles de gravetat crítica o alta (el que la llei o la guia exigixen). Per cada regla, percentatge de comprovacions avaluables que la complixen; després, mitjana de les regles.
--   en: As compliance with the guide, with the rules of critical or high severity (what law or guide demands) only. For each rule the percentage of evaluable checks that pass; then the mean over the rules.
-- unknowns:
--   es: Una comprobación no evaluable no es ni cumplimiento ni falta; se indica cuántas son, y las cuentas sin comprobar. La regla sin ninguna comprobación evaluable no entra en la media. Las que no son aplicables no cuentan.
--   ca-ES-valencia: Una comprovació no avaluable no és ni compliment ni falta; s'indica quantes són, i els comptes sense comprovar. La regla sense cap comprovació avaluable no entra en la mitjana. Les que no són aplicables no compten.
--   en: A check that cannot be evaluated is neither a pass nor a fail; their number is given, and that of accounts not checked. A rule without any evaluable check does not enter the mean. Checks that do not apply do not count.
-- denominator:
--   es: Sin ninguna regla evaluable de estas no hay índice.
--   ca-ES-valencia: Sense cap regla avaluable d'estes no hi ha índex.
--   en: Without any evaluable rule of these there is no index.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta las comprobaciones de los días en que estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta les comprovacions dels dies en què va estar obert.
--   en: An account opened or closed during the period gives the checks of the days on which it was open.
-- source: presencia's own index, by the severities of the guide
SELECT unit, start AS window, if(n = 0, NULL, arrayAvg(arraySort(groupArrayIf(100 * passed / evaluable, evaluable > 0 AND (severity IN ('crit', 'high')))))) AS value,
    sumIf(evaluable, severity IN ('crit', 'high')) AS n, sumIf(not_evaluable, severity IN ('crit', 'high')) + sum(unchecked) AS unknown
FROM ruled
GROUP BY unit, start
