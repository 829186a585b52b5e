-- id: compliance
-- version: 1
-- valid_from: 2026-11-24
-- group: compliance
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 1
-- primary: true
-- worthwhile: 5
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Cumplimiento de la guía
--   ca-ES-valencia: Compliment de la guia
--   en: Compliance with the guide
-- formula:
--   es: Para cada regla, porcentaje de comprobaciones evaluables del periodo que la cumplen; después, media de las reglas, todas con el mismo peso. Es un índice propio de presencia.
--   ca-ES-valencia: Per a cada regla, percentatge de comprovacions avaluables del període que la complixen; després, mitjana de les regles, totes amb el mateix pes. És un índex propi de presencia.
--   en: For each rule the percentage of the period's evaluable checks that pass; then the mean over the rules, all of one weight. It is presencia's own index.
-- unknowns:
--   es: Una comprobación no evaluable no es ni cumplimiento ni falta; se indica cuántas son. La regla sin ninguna comprobación evaluable no entra en la media. Las que no son aplicables no cuentan.
--   ca-ES-valencia: Una comprovació no avaluable no és ni compliment ni falta; s'indica quantes són. La regla sense cap comprovació avaluable no entra en la mitjana. Les que no són aplicables no compten.
--   en: A check that cannot be evaluated is neither a pass nor a fail; their number is given. A rule without any evaluable check does not enter the mean. Checks that do not apply do not count.
-- denominator:
--   es: Una regla sin comprobaciones evaluables no tiene porcentaje y no entra; sin ninguna regla evaluable no hay índice.
--   ca-ES-valencia: Una regla sense comprovacions avaluables no té percentatge i no hi entra; sense cap regla avaluable no hi ha índex.
--   en: A rule without evaluable checks has no percentage and does not enter; without any evaluable rule there is no index.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta las comprobaciones de los días en que estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta les comprovacions dels dies en què va estar obert.
--   en: An account opened or closed during the period gives the checks of the days on which it was open.
-- source: no guide defines an overall score; presencia's own index
SELECT unit, start AS window, if(n = 0, NULL, arrayAvg(arraySort(groupArrayIf(100 * passed / evaluable, evaluable > 0)))) AS value, sum(evaluable) AS n,
    sum(not_evaluable + unchecked) AS unknown
FROM ruled
GROUP BY unit, start
