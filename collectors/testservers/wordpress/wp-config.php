<?php
// The settings of the test's own copy of WordPress; the test gives what differs in the environment.
define('DB_NAME', 'wordpress');
define('DB_USER', 'wordpress');
define('DB_PASSWORD', 'wordpress');
define('DB_HOST', '127.0.0.1:' . getenv('TEST_DB_PORT'));
define('WP_HOME', getenv('TEST_SITE'));
define('WP_SITEURL', getenv('TEST_SITE'));
define('WP_ENVIRONMENT_TYPE', 'local'); // application passwords over plain HTTP
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DISABLE_FATAL_ERROR_HANDLER', true); // errors as they are, not as a page
define('WP_DEBUG', false);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {
	define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
