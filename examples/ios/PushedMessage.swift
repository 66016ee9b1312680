import Foundation

/// What a push of the relay says. In the app and in the notification service extension.
struct PushedMessage {
    let kind: String
    let channelId: String
    let channelType: Int
    let messageSeq: Int?
    /// Of a push of kind `read`.
    let upToSeq: Int?
    let fromUid: String

    /// `nil`: not a message of WuKongIM.
    init?(_ userInfo: [AnyHashable: Any]) {
        let fields = Self.fields(of: userInfo)
        guard let channelId = fields["channel_id"] as? String,
            let channelType = fields["channel_type"] as? Int
        else { return nil }
        self.channelId = channelId
        self.channelType = channelType
        kind = fields["kind"] as? String ?? "message"
        messageSeq = fields["message_seq"] as? Int
        upToSeq = fields["up_to_seq"] as? Int
        fromUid = fields["from_uid"] as? String ?? ""
    }

    /// In the object `wukongim`. With `data_style: flat` at the top level.
    static func fields(of userInfo: [AnyHashable: Any]) -> [AnyHashable: Any] {
        userInfo["wukongim"] as? [AnyHashable: Any] ?? userInfo
    }

    /// The picture to show; `POST /v1/push` puts it at the top level.
    static func picture(of userInfo: [AnyHashable: Any]) -> URL? {
        let address = fields(of: userInfo)["image_url"] ?? userInfo["image_url"]
        return (address as? String).flatMap(URL.init(string:))
    }
}
