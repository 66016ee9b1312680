<?php
// PHP 8 or later, no extension. Shows the calls that an app server makes to the push relay.
//
//   RELAY_URL=http://relay.internal:8080 RELAY_API_KEY=… php push-relay.php login carol install-1 fcm TOKEN zh-CN
//   … push-relay.php name carol Carol
//   … push-relay.php group team Team
//   … push-relay.php logout carol install-1

declare(strict_types=1);

// At login, and whenever the phone reports a new token. Repeating it is safe.
function registerDevice(string $uid, string $deviceId, array $device): void
{
    call('PUT', '/users/' . rawurlencode($uid) . '/devices/' . rawurlencode($deviceId), $device);
}

// At logout, while the server still knows whose phone it is.
function deleteDevice(string $uid, string $deviceId): void
{
    call('DELETE', '/users/' . rawurlencode($uid) . '/devices/' . rawurlencode($deviceId));
}

function setUserName(string $uid, string $name): void
{
    call('PUT', '/users/' . rawurlencode($uid) . '/profile', ['name' => $name]);
}

// Channel type 2 is a group.
function setGroupName(string $channelId, string $name): void
{
    call('PUT', '/channels/2/' . rawurlencode($channelId), ['name' => $name]);
}

// A uid or an id may contain any character: rawurlencode, not urlencode, which writes a space as +.
function call(string $method, string $path, ?array $body = null): void
{
    $headers = ['Authorization: Bearer ' . getenv('RELAY_API_KEY'), 'Content-Type: application/json'];
    $answer = file_get_contents(getenv('RELAY_URL') . '/v1' . $path, false, stream_context_create(['http' => [
        'method' => $method,
        'header' => $headers,
        'content' => $body === null ? '' : json_encode($body, JSON_THROW_ON_ERROR),
        'timeout' => 5,
        'ignore_errors' => true,
    ]]));
    if ($answer === false) {
        throw new RuntimeException("$method $path: no answer");
    }
    $status = (int) explode(' ', $http_response_header[0])[1];
    if ($status < 300) {
        return;
    }
    // problem+json: code is stable, detail and errors tell a person what is wrong. Retry a status of 500 or more.
    throw new RuntimeException("$method $path: $status $answer");
}

[, $command] = $argv;
$args = array_slice($argv, 2);
if ($command === 'login') {
    [$uid, $deviceId, $provider, $token, $locale] = $args;
    registerDevice($uid, $deviceId, ['provider' => $provider, 'token' => $token, 'locale' => $locale]);
} elseif ($command === 'logout') {
    deleteDevice(...$args);
} elseif ($command === 'name') {
    setUserName(...$args);
} elseif ($command === 'group') {
    setGroupName(...$args);
}
