import UserNotifications

/// The notification service extension: the reader's own name for the sender, and a picture. It runs only for pushes with
/// `mutable-content: 1`. It must not connect a second WuKongIM SDK, and cannot read the app's database.
final class NotificationService: UNNotificationServiceExtension {
    private var handler: ((UNNotificationContent) -> Void)?
    private var content = UNMutableNotificationContent()
    private var download: URLSessionDownloadTask?

    override func didReceive(
        _ request: UNNotificationRequest,
        withContentHandler contentHandler: @escaping (UNNotificationContent) -> Void
    ) {
        handler = contentHandler
        let userInfo = request.content.userInfo
        guard let copy = request.content.mutableCopy() as? UNMutableNotificationContent
        else { return contentHandler(request.content) }
        content = copy
        if let message = PushedMessage(userInfo), message.channelType == 1,
            let name = Self.ownName(of: message.fromUid)
        {
            content.title = name
        }
        guard let url = PushedMessage.picture(of: userInfo) else { return finish() }
        download = URLSession.shared.downloadTask(with: url) { [weak self] file, response, _ in
            if let file = file { self?.attach(file, name: response?.suggestedFilename) }
            self?.finish()
        }
        download?.resume()
    }

    /// After about 30 seconds: what there is by then is shown.
    override func serviceExtensionTimeWillExpire() {
        download?.cancel()
        finish()
    }

    /// The app writes its names to the app group that it shares with this extension.
    private static func ownName(of uid: String) -> String? {
        UserDefaults(suiteName: "group.com.example.app")?.dictionary(forKey: "names")?[uid] as? String
    }

    /// iOS tells the kind of picture by the ending of the file's name.
    private func attach(_ file: URL, name: String?) {
        let picture = FileManager.default.temporaryDirectory
            .appendingPathComponent("\(UUID().uuidString)-\(name ?? "picture.jpg")")
        guard (try? FileManager.default.moveItem(at: file, to: picture)) != nil,
            let attachment = try? UNNotificationAttachment(identifier: "picture", url: picture)
        else { return }
        content.attachments = [attachment]
    }

    private func finish() {
        handler?(content)
        handler = nil
    }
}
