-- id: rules_met_everywhere
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
--   es: Reglas que cumplen todas las cuentas
--   ca-ES-valencia: Regles que complixen tots els comptes
--   en: Rules met by every account
-- formula:
--   es: De cada cien reglas evaluables del periodo, cuántas cumplieron todas las cuentas en todas sus comprobaciones.
--   ca-ES-valencia: De cada cent regles avaluables del període, quantes van complir tots els comptes en totes les seues comprovacions.
--   en: Of a hundred rules that could be evaluated in the period, how many every account met in all its checks.
-- unknowns:
--   es: De una regla cuentan las cuentas en que se pudo evaluar; se indica cuántas reglas no se pudieron evaluar en ninguna.
--   ca-ES-valencia: D'una regla compten els comptes en què es va poder avaluar; s'indica quantes regles no es van poder avaluar en cap.
--   en: Of a rule those accounts count where it could be evaluated; the number of rules that could be evaluated nowhere is given.
-- denominator:
--   es: Sin reglas evaluables no hay porcentaje.
--   ca-ES-valencia: Sense regles avaluables no hi ha percentatge.
--   en: Without rules that can be evaluated there is no percentage.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta las comprobaciones de los días en que estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta les comprovacions dels dies en què va estar obert.
--   en: An account opened or closed during the period gives the checks of the days on which it was open.
-- source: presencia's own; the breadth of compliance beside its mean
SELECT unit, start AS window, if(n = 0, NULL, 100 * countIf(accounts > 0 AND met = accounts) / n) AS value, countIf(accounts > 0) AS n,
    countIf(accounts = 0 AND not_evaluable > 0) AS unknown
FROM ruled
GROUP BY unit, start
