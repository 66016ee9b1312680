import UserNotifications

/// Opens the conversation of a notification. Create it, and set it as the delegate of UNUserNotificationCenter, before
/// application(_:didFinishLaunchingWithOptions:) returns: else the tap that started the app is lost.
final class OpenConversation: NSObject, UNUserNotificationCenterDelegate {
    /// Set it when the user is logged in, the SDK is connected and the first screen is there.
    var open: ((PushedMessage) -> Void)? {
        didSet { openPending() }
    }
    /// The conversation on the screen, as `<channel type>:<channel id>`.
    var visibleThread: String?
    private var pending: PushedMessage?

    /// A tap, from the background and from a killed app alike.
    func userNotificationCenter(
        _ center: UNUserNotificationCenter, didReceive response: UNNotificationResponse,
        withCompletionHandler completionHandler: @escaping () -> Void
    ) {
        pending = PushedMessage(response.notification.request.content.userInfo)
        openPending()
        completionHandler()
    }

    /// In the foreground, iOS shows nothing by itself.
    func userNotificationCenter(
        _ center: UNUserNotificationCenter, willPresent notification: UNNotification,
        withCompletionHandler completionHandler: @escaping (UNNotificationPresentationOptions) -> Void
    ) {
        let isOnScreen = notification.request.content.threadIdentifier == visibleThread
        completionHandler(isOnScreen ? [] : [.banner, .list, .sound])
    }

    private func openPending() {
        guard let message = pending, let open = open else { return }
        pending = nil
        open(message)
    }
}
