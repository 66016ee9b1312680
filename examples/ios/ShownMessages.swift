import UserNotifications

/// The notifications on the screen. What was read is removed: when a conversation opens on this phone, and when it was
/// read on another device.
enum ShownMessages {
    /// From application(_:didReceiveRemoteNotification:fetchCompletionHandler:). False: it is another push.
    static func received(_ userInfo: [AnyHashable: Any], then done: @escaping () -> Void) -> Bool {
        guard let push = PushedMessage(userInfo), push.kind == "read" else { return false }
        remove(channelType: push.channelType, channelId: push.channelId, upToSeq: push.upToSeq, then: done)
        return true
    }

    /// `upToSeq: nil`: all of the conversation.
    static func remove(channelType: Int, channelId: String, upToSeq: Int? = nil, then done: (() -> Void)? = nil) {
        let center = UNUserNotificationCenter.current()
        center.getDeliveredNotifications { notifications in
            let read = notifications.filter { notification in
                guard let message = PushedMessage(notification.request.content.userInfo),
                    message.channelType == channelType, message.channelId == channelId
                else { return false }
                guard let last = upToSeq, let seq = message.messageSeq else { return true }
                return seq <= last
            }
            center.removeDeliveredNotifications(withIdentifiers: read.map { $0.request.identifier })
            done?()
        }
    }
}
