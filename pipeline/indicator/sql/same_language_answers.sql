-- id: same_language_answers
-- version: 1
-- valid_from: 2026-11-24
-- group: conversation
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 1
-- primary: false
-- worthwhile: 5
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Respuestas en la lengua del mensaje
--   ca-ES-valencia: Respostes en la llengua del missatge
--   en: Answers in the language of the message
-- formula:
--   es: De cada cien respuestas a mensajes del periodo escritos en una lengua de la cuenta, cuántas están en la lengua del mensaje (regla reply-same-language).
--   ca-ES-valencia: De cada cent respostes a missatges del període escrits en una llengua del compte, quantes estan en la llengua del missatge (regla reply-same-language).
--   en: Of a hundred answers to messages of the period written in a language of the account, how many are in the language of the message (rule reply-same-language).
-- unknowns:
--   es: Los mensajes sin respuesta no cuentan. Si la lengua de la respuesta no está clara no se juzga; se indica cuántas son, y las cuentas sin comprobar.
--   ca-ES-valencia: Els missatges sense resposta no compten. Si la llengua de la resposta no està clara no es jutja; s'indica quantes són, i els comptes sense comprovar.
--   en: Messages without answer do not count. Where the language of the answer is not clear it is not judged; their number is given, and that of accounts not checked.
-- denominator:
--   es: Sin respuestas evaluables no hay porcentaje.
--   ca-ES-valencia: Sense respostes avaluables no hi ha percentatge.
--   en: Without answers that can be evaluated there is no percentage.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta los mensajes recibidos mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta els missatges rebuts mentre va estar obert.
--   en: An account opened or closed during the period gives the messages received while it was open.
-- source: Guía para el uso de redes sociales en la administración vasca (2011) and Ajuntament de València's rules of attention on networks; as the guide's rule
SELECT unit, start AS window, if(n = 0, NULL, 100 * sumIf(passed, rule = 'reply-same-language') / n) AS value, sumIf(evaluable, rule = 'reply-same-language') AS n,
    sumIf(not_evaluable, rule = 'reply-same-language') + sum(unchecked) AS unknown
FROM ruled
GROUP BY unit, start
