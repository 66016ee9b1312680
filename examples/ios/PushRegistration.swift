import UIKit
import UserNotifications

/// Asks for permission, and reports each token to the app's own server.
@MainActor
final class PushRegistration {
    /// Your server calls PUT or DELETE /v1/users/{uid}/devices/{device_id} of the relay.
    struct Server {
        let register: (_ deviceId: String, _ fields: [String: String]) -> Void
        let delete: (_ deviceId: String) async -> Void
    }

    private let server: Server
    /// The app's own id of this install. WuKongIM's device id is private to its SDK.
    private let deviceId = UIDevice.current.identifierForVendor?.uuidString ?? UUID().uuidString

    init(server: Server) {
        self.server = server
    }

    /// After each login, and at each start of an app that is logged in: Apple may change the token at any time.
    func didLogIn() async {
        _ = try? await UNUserNotificationCenter.current().requestAuthorization(options: [.alert, .badge, .sound])
        UIApplication.shared.registerForRemoteNotifications()
    }

    /// From application(_:didRegisterForRemoteNotificationsWithDeviceToken:).
    func received(deviceToken: Data) {
        var fields = [
            "provider": "apns",
            "token": deviceToken.map { String(format: "%02x", $0) }.joined(),
            "environment": "production",
            "locale": Locale.preferredLanguages.first ?? "en",
            "timezone": TimeZone.current.identifier,
        ]
        // A build that Xcode installs has a token of the sandbox. TestFlight and App Store builds do not.
        #if DEBUG
            fields["environment"] = "sandbox"
        #endif
        server.register(deviceId, fields)
    }

    /// Before the app forgets who is logged in. The WuKongIM SDK's `logout` comes after it.
    func willLogOut() async {
        await server.delete(deviceId)
    }
}
