-- id: plan_slots_kept
-- version: 1
-- valid_from: 2026-11-24
-- group: plan
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 1
-- primary: false
-- worthwhile: 10
-- levels: [institution, group, department]
-- title:
--   es: Elementos del plan con publicación
--   ca-ES-valencia: Elements del pla amb publicació
--   en: Items of the plan with a publication
-- formula:
--   es: De cien elementos del plan, para cuántos hubo una publicación propia de su cuenta (o, si no la nombra, de alguna del departamento) dentro de su tolerancia. No mira el contenido, de modo que es lo máximo que el plan pudo cumplirse; el informe del plan compara también enlaces y textos.
--   ca-ES-valencia: De cent elements del pla, per a quants hi va haver una publicació pròpia del seu compte (o, si no l'anomena, d'algun del departament) dins de la seua tolerància. No mira el contingut, de manera que és el màxim que el pla es va poder complir; l'informe del pla compara també enllaços i textos.
--   en: Of a hundred items of the plan, for how many there was an own post of their account (or, where none is named, of one of the department) within their tolerance. It does not look at the content, so that it is the most to which the plan can have been kept; the report on the plan compares links and texts as well.
-- unknowns:
--   es: Un elemento sin publicación cuya cuenta no se leyó, cuya hora aún no ha pasado o cuya tolerancia llega fuera del periodo, es desconocido y se indica.
--   ca-ES-valencia: Un element sense publicació el compte del qual no es va llegir, l'hora del qual encara no ha passat o la tolerància del qual arriba fora del període, és desconegut i s'indica.
--   en: An item without a publication whose account was not read, whose time has not yet passed, or whose tolerance reaches out of the period, is unknown and told of.
-- denominator:
--   es: Sin elementos decididos no hay porcentaje.
--   ca-ES-valencia: Sense elements decidits no hi ha percentatge.
--   en: Without decided items there is no percentage.
-- midway:
--   es: Un elemento del plan cuenta en el periodo en el que cae su hora; las cuentas abiertas solo una parte responden de los elementos de esa parte.
--   ca-ES-valencia: Un element del pla compta en el període en què cau la seua hora; els comptes oberts només una part responen dels elements d'eixa part.
--   en: An item counts in the period in which its time falls; accounts open in a part of it answer for the items of that part.
-- source: Generalitat de Catalunya, Guia de xarxes socials (publication plan); the tolerance is each item's own
SELECT unit, start AS window, if(n = 0, NULL, 100 * countIf(kept) / n) AS value, countIf(kept OR known) AS n, countIf(NOT kept AND NOT known) AS unknown
FROM
(
    SELECT unit, department, start, slot, max(arrayExists(t -> abs(toInt64(t) - toInt64(slot.2)) <= slot.3, if(slot.5 = 'repost', moments, own_moments))) AS kept,
        min(read AND slot.2 - slot.3 >= begin AND slot.2 + slot.3 <= finish) AS known
    FROM planning ARRAY JOIN slots AS slot
    WHERE slot.4 IN ('', account) AND slot.2 >= opening AND slot.2 < end
    GROUP BY unit, department, start, slot
)
GROUP BY unit, start
