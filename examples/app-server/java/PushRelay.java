// Java 11 or later, no library. Shows the calls that an app server makes to the push relay.
//
//   RELAY_URL=http://relay.internal:8080 RELAY_API_KEY=… java PushRelay.java login carol install-1 fcm TOKEN zh-CN
//   … PushRelay.java name carol Carol
//   … PushRelay.java group team Team
//   … PushRelay.java logout carol install-1

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

public final class PushRelay {
    private final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final String url;
    private final String apiKey;

    PushRelay(String url, String apiKey) {
        this.url = url;
        this.apiKey = apiKey;
    }

    /** At login, and whenever the phone reports a new token. Repeating it is safe. */
    void registerDevice(String uid, String deviceId, String provider, String token, String locale) throws Exception {
        call("PUT", "/users/" + id(uid) + "/devices/" + id(deviceId),
            "{\"provider\":" + json(provider) + ",\"token\":" + json(token) + ",\"locale\":" + json(locale) + "}");
    }

    /** At logout, while the server still knows whose phone it is. */
    void deleteDevice(String uid, String deviceId) throws Exception {
        call("DELETE", "/users/" + id(uid) + "/devices/" + id(deviceId), null);
    }

    void setUserName(String uid, String name) throws Exception {
        call("PUT", "/users/" + id(uid) + "/profile", "{\"name\":" + json(name) + "}");
    }

    /** Channel type 2 is a group. */
    void setGroupName(String channelId, String name) throws Exception {
        call("PUT", "/channels/2/" + id(channelId), "{\"name\":" + json(name) + "}");
    }

    private void call(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/v1" + path))
            .timeout(Duration.ofSeconds(5))
            .header("Authorization", "Bearer " + apiKey)
            .header("Content-Type", "application/json")
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
        HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
        if (response.statusCode() < 300) return;
        // problem+json: code is stable, detail and errors tell a person what is wrong. Retry a status of 500 or more.
        throw new IOException(method + " " + path + ": " + response.statusCode() + " " + response.body());
    }

    /** A uid or an id may contain any character. URLEncoder writes a space as +, which a path takes literally. */
    private static String id(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Use the JSON library of your server instead. */
    private static String json(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') quoted.append('\\').append(c);
            else if (c < 0x20) quoted.append(String.format("\\u%04x", (int) c));
            else quoted.append(c);
        }
        return quoted.append('"').toString();
    }

    public static void main(String[] args) throws Exception {
        PushRelay relay = new PushRelay(System.getenv("RELAY_URL"), System.getenv("RELAY_API_KEY"));
        if (args[0].equals("login")) relay.registerDevice(args[1], args[2], args[3], args[4], args[5]);
        else if (args[0].equals("logout")) relay.deleteDevice(args[1], args[2]);
        else if (args[0].equals("name")) relay.setUserName(args[1], args[2]);
        else if (args[0].equals("group")) relay.setGroupName(args[1], args[2]);
    }
}
