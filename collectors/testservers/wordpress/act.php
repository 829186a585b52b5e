<?php
// php act.php SITE ACTION [ARGUMENT]: does something in the site through WordPress' own functions, and prints the truth
// about it as JSON. Only WordPress and PHP are between this and the database.
[, $site, $asked] = $argv;
$argument = $argv[3] ?? '';
$_SERVER['HTTP_HOST'] = parse_url(getenv('TEST_SITE'), PHP_URL_HOST);
$_SERVER['REQUEST_METHOD'] = 'GET';
if ($asked === 'seed') {
	define('WP_INSTALLING', true);
}
require $site . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/image.php';

/** The moment as WordPress wants it (UTC). */
function gmt(int $at): string { return gmdate('Y-m-d H:i:s', $at); }

/** The moment as Go reads it. */
function rfc(int $at): string { return gmdate('Y-m-d\TH:i:s\Z', $at); }

function sure($id): int {
	if (is_wp_error($id)) {
		throw new RuntimeException($id->get_error_message());
	}
	if (!$id) {
		throw new RuntimeException('WordPress did not do it');
	}
	return (int) $id;
}

/** A picture in the media library. */
function picture(string $name, string $alt): int {
	$image = imagecreatetruecolor(600, 400);
	ob_start();
	imagepng($image);
	$file = wp_upload_bits($name, null, ob_get_clean());
	$id = sure(wp_insert_attachment(['post_mime_type' => 'image/png', 'post_title' => $name, 'post_status' => 'inherit'], $file['file'], 0, true));
	wp_update_attachment_metadata($id, wp_generate_attachment_metadata($id, $file['file']));
	update_post_meta($id, '_wp_attachment_image_alt', $alt);
	return $id;
}

function post(int $at, array $more = []): int {
	return sure(wp_insert_post($more + [
		'post_title' => "Aviso de " . gmdate('j/n', $at), 'post_content' => '<p>Texto del aviso.</p>', 'post_status' => 'publish',
		'post_author' => 1, 'post_date' => get_date_from_gmt(gmt($at)), 'post_date_gmt' => gmt($at), 'comment_status' => 'open',
	], true));
}

function comment(int $post, int $at, array $more = []): int {
	return sure(wp_insert_comment($more + [
		'comment_post_ID' => $post, 'comment_date' => get_date_from_gmt(gmt($at)), 'comment_date_gmt' => gmt($at), 'comment_author' => 'Vecina ' . $at % 7,
		'comment_author_email' => 'vecina@example.org', 'comment_content' => '¿A qué hora <b>abren</b>?', 'comment_approved' => 1,
	]));
}

function answer(int $post, int $parent, int $at): int {
	return comment($post, $at, ['comment_parent' => $parent, 'user_id' => 1, 'comment_author' => 'editora', 'comment_content' => 'A las nueve.']);
}

function seed(int $now): array {
	global $wpdb;
	wp_install('Oficina &amp; plaza', 'editora', 'editora@example.org', true, '', 'a password for the test');
	wp_set_current_user(1);
	// A language can be chosen that has a file.
	wp_mkdir_p(WP_LANG_DIR);
	$words = new MO();
	$words->add_entry(['singular' => 'Notices', 'translations' => ['Avisos']]);
	$words->export_to_file(WP_LANG_DIR . '/es_ES.mo');
	foreach (['blogdescription' => 'Avisos y noticias', 'timezone_string' => 'Europe/Madrid', 'WPLANG' => 'es_ES',
		'permalink_structure' => '/%year%/%monthnum%/%postname%/', 'site_icon' => picture('icono.png', ''), 'template' => 'twentytwentythree',
		'stylesheet' => 'twentytwentythree'] as $name => $value) {
		update_option($name, $value);
	}
	flush_rewrite_rules();
	foreach (get_posts(['post_type' => ['post', 'page'], 'post_status' => 'any', 'numberposts' => -1]) as $p) {
		wp_delete_post($p->ID, true); // WordPress greets with some
	}
	$sports = sure(wp_insert_term('Deporte & ocio', 'category')['term_id']);
	$inside = picture('plano.png', 'Plano del recinto');
	$cover = picture('cartel.png', 'Cartel: sábado 21');
	$blank = picture('sin.png', '');

	$day = 86400;
	$truth = ['name' => 'Oficina & plaza', 'description' => 'Avisos y noticias', 'posts' => [], 'comments' => []];
	// 170 posts of two years, some of them minutes apart, in both halves of the year: the zone has summer time.
	for ($i = 0; $i < 170; $i++) {
		$at = $now - 3600 - intdiv($i * $i * 700 * $day, 170 * 170);
		$p = ['at' => rfc($at), 'text' => "Aviso $i\nHoy, aviso número $i.", 'links' => [], 'hashtags' => [], 'alts' => [], 'replies' => 0, 'closed' => false];
		$more = ['post_title' => "Aviso $i", 'post_content' => "<!-- wp:paragraph --><p>Hoy, aviso <em>número</em> $i.</p><!-- /wp:paragraph -->"];
		if ($i % 5 === 1) {
			$more['post_content'] .= '<p><a href="https://example.org/bases/' . $i . '">Bases</a></p>' . wp_get_attachment_image($inside, 'medium');
			$p['text'] .= "\nBases";
			$p['links'][] = "https://example.org/bases/$i";
			$p['alts'][] = 'Plano del recinto';
		}
		if ($i % 5 === 2) {
			$more['tags_input'] = ['fiestas', 'San Juan'];
			$more['post_category'] = [$sports];
			$p['hashtags'] = ['Deporte & ocio', 'San Juan', 'fiestas'];
		}
		if ($i % 7 === 3) {
			$more['comment_status'] = 'closed';
			$p['closed'] = true;
		}
		$id = post($at, $more);
		if ($i % 6 === 1) {
			set_post_thumbnail($id, $i % 5 === 1 ? $inside : $cover); // the one is in the text already
			if ($i % 5 !== 1) {
				array_unshift($p['alts'], 'Cartel: sábado 21');
			}
		}
		if ($i % 6 === 5) {
			set_post_thumbnail($id, $blank);
			array_unshift($p['alts'], '');
		}
		$p['url'] = get_permalink($id);
		$truth['posts'][$id] = $p;
	}
	// Under every fourth open post some ask, and most are answered.
	$i = 0;
	foreach ($truth['posts'] as $id => &$p) {
		if ($p['closed'] || $i++ % 4 !== 0) {
			continue;
		}
		$at = strtotime($p['at']);
		for ($n = 0; $n < 1 + $i % 4; $n++) {
			$asked = $at + 60 * ($n + 1);
			$wait = 600 * ($i % 9 + 1) + $n;
			$c = comment($id, $asked);
			$p['replies']++;
			$answered = $n !== 2 && $asked + $wait < $now;
			$truth['comments'][$c] = ['post' => $id, 'at' => rfc($asked), 'answer' => 0, 'wait' => 0];
			if ($answered) {
				$a = answer($id, $c, $asked + $wait);
				$p['replies']++;
				$truth['comments'][$c]['answer'] = $a;
				$truth['comments'][$c]['wait'] = $wait;
			}
		}
	}
	unset($p);
	$newest = array_key_first($truth['posts']);
	$asker = $truth['held'] = comment($newest, $now - 3000, ['comment_approved' => 0]);
	comment($newest, $now - 2900, ['comment_approved' => 'spam']);
	comment($newest, $now - 2800, ['comment_type' => 'pingback', 'comment_content' => 'enlaza']);
	$truth['own'] = comment($newest, $now - 2700, ['user_id' => 1, 'comment_content' => 'Abrimos esta tarde.']); // to nobody
	$truth['posts'][$newest]['replies']++;
	// What is not public, or not yet.
	post($now - 4000, ['post_status' => 'draft']);
	post($now - 4000, ['post_status' => 'private']);
	post($now - 4000, ['post_password' => 'secreto']);
	post($now - 4000, ['post_type' => 'page', 'post_title' => 'Contacto']);
	$truth['scheduled'] = post($now + 1800, ['post_status' => 'future', 'post_title' => 'Programado']);
	// It was written days before: that is when it was modified.
	$wpdb->update($wpdb->posts, ['post_modified_gmt' => gmt($now - 9 * $day), 'post_modified' => get_date_from_gmt(gmt($now - 9 * $day))], ['ID' => $truth['scheduled']]);
	return $truth;
}

$result = match ($asked) {
	'seed' => seed((int) $argument),
	'edit' => sure(wp_update_post(['ID' => (int) $argument, 'post_content' => '<p>Corregido.</p>'], true)),
	'trash' => sure(wp_trash_post((int) $argument)->ID ?? 0),
	'publish' => (function () use ($argument) { wp_publish_post((int) $argument); return get_post_status((int) $argument); })(),
	'hold' => wp_set_comment_status((int) $argument, 'hold'),
	'approve' => wp_set_comment_status((int) $argument, 'approve'),
	'remove' => wp_delete_comment((int) $argument, true),
	'plain' => (function () { update_option('permalink_structure', ''); flush_rewrite_rules(); return true; })(),
	'pretty' => (function () { update_option('permalink_structure', '/%year%/%monthnum%/%postname%/'); flush_rewrite_rules(); return true; })(),
	'password' => WP_Application_Passwords::create_new_application_password(1, ['name' => 'presencia'])[0],
};
echo json_encode($result, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
