-- id: answered_within_promise
-- version: 1
-- valid_from: 2026-11-24
-- group: conversation
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 1
-- primary: false
-- worthwhile: 10
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Respuestas dentro del plazo prometido
--   ca-ES-valencia: Respostes dins del termini promés
--   en: Answers within the time promised
-- formula:
--   es: De cada cien mensajes del periodo, cuántos se contestaron dentro del plazo que la guía fija, contado en horas de atención (regla reply-within-target).
--   ca-ES-valencia: De cada cent missatges del període, quants es van contestar dins del termini que la guia fixa, comptat en hores d'atenció (regla reply-within-target).
--   en: Of a hundred messages of the period, how many were answered within the time that the guide sets, counted in hours of attention (rule reply-within-target).
-- unknowns:
--   es: Un mensaje sin contestar cuyo plazo aún corre no cuenta. Lo que no es evaluable y las cuentas sin comprobar se indican. Si la guía cambia el plazo, cambia la medida.
--   ca-ES-valencia: Un missatge sense contestar el termini del qual encara corre no compta. El que no és avaluable i els comptes sense comprovar s'indiquen. Si la guia canvia el termini, canvia la mesura.
--   en: A message without answer whose time is still running does not count. What cannot be evaluated and accounts not checked are told of. If the guide changes the time, the measure changes.
-- denominator:
--   es: Sin mensajes evaluables no hay porcentaje.
--   ca-ES-valencia: Sense missatges avaluables no hi ha percentatge.
--   en: Without messages that can be evaluated there is no percentage.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta los mensajes recibidos mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta els missatges rebuts mentre va estar obert.
--   en: An account opened or closed during the period gives the messages received while it was open.
-- source: Generalitat de Catalunya, Guia de xarxes socials, community management (2 hours); digital.gov (2013), 2 or 24 hours by resources
SELECT unit, start AS window, if(n = 0, NULL, 100 * sumIf(passed, rule = 'reply-within-target') / n) AS value, sumIf(evaluable, rule = 'reply-within-target') AS n,
    sumIf(not_evaluable, rule = 'reply-within-target') + sum(unchecked) AS unknown
FROM ruled
GROUP BY unit, start
