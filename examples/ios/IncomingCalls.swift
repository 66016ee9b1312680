import CallKit
import CryptoKit
import PushKit

/// Calls by PushKit and CallKit. Create it at each start of the app, also of one that iOS started in the background.
final class IncomingCalls: NSObject, PKPushRegistryDelegate, CXProviderDelegate {
    private let registry = PKPushRegistry(queue: .main)
    private let provider: CXProvider
    /// Your server calls PATCH /v1/users/{uid}/devices/{device_id} with `voip_token`; `nil` removes it.
    private let report: (_ voipToken: String?) -> Void
    private var ringing: Set<UUID> = []

    init(report: @escaping (_ voipToken: String?) -> Void) {
        self.report = report
        let configuration = CXProviderConfiguration()
        configuration.supportsVideo = true
        configuration.supportedHandleTypes = [.generic]
        provider = CXProvider(configuration: configuration)
        super.init()
        provider.setDelegate(self, queue: .main)
        registry.delegate = self
        registry.desiredPushTypes = [.voIP]
    }

    func pushRegistry(_ registry: PKPushRegistry, didUpdate credentials: PKPushCredentials, for type: PKPushType) {
        report(credentials.token.map { String(format: "%02x", $0) }.joined())
    }

    func pushRegistry(_ registry: PKPushRegistry, didInvalidatePushTokenFor type: PKPushType) {
        report(nil)
    }

    /// Each VoIP push must report a call to CallKit, in this method. Otherwise iOS ends the app, and after a few times it
    /// delivers no more VoIP pushes to it.
    func pushRegistry(
        _ registry: PKPushRegistry, didReceiveIncomingPushWith payload: PKPushPayload, for type: PKPushType,
        completion: @escaping () -> Void
    ) {
        let data = payload.dictionaryPayload
        let fields = PushedMessage.fields(of: data)
        let call = Self.uuid(of: fields["call_id"] as? String ?? "")
        let update = CXCallUpdate()
        update.remoteHandle = CXHandle(type: .generic, value: fields["from_uid"] as? String ?? "")
        // Without a name, CallKit shows the handle, which is a uid.
        let alert = (data["aps"] as? [AnyHashable: Any])?["alert"] as? [AnyHashable: Any]
        update.localizedCallerName = fields["sender_name"] as? String ?? alert?["body"] as? String ?? "?"
        update.hasVideo = fields["media"] as? String == "video"
        let secondsLeft = Self.date(fields["expires_at"]).timeIntervalSinceNow
        provider.reportNewIncomingCall(with: call, update: update) { error in
            if error == nil {
                self.ringing.insert(call)
                // The push that ends the call may be late.
                DispatchQueue.main.asyncAfter(deadline: .now() + max(0, secondsLeft)) { self.end(call, .unanswered) }
            }
            completion()
        }
    }

    /// From application(_:didReceiveRemoteNotification:fetchCompletionHandler:). The end of a call comes as a push to the alert
    /// token, because a VoIP push would have to report a new call. True: the push was about a call.
    func received(_ userInfo: [AnyHashable: Any]) -> Bool {
        let fields = PushedMessage.fields(of: userInfo)
        guard fields["kind"] as? String == "call", let callId = fields["call_id"] as? String else { return false }
        switch fields["action"] as? String {
        case "answered": end(Self.uuid(of: callId), .answeredElsewhere)
        case "cancel": end(Self.uuid(of: callId), .remoteEnded)
        default: break
        }
        return true
    }

    private func end(_ call: UUID, _ reason: CXCallEndedReason) {
        guard ringing.remove(call) != nil else { return }
        provider.reportCall(with: call, endedAt: nil, reason: reason)
    }

    private static func date(_ text: Any?) -> Date {
        let format = ISO8601DateFormatter()
        format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        return (text as? String).flatMap(format.date(from:)) ?? Date(timeIntervalSinceNow: 45)
    }

    /// CallKit needs a UUID, and the same one for the same call.
    private static func uuid(of callId: String) -> UUID {
        if let uuid = UUID(uuidString: callId) { return uuid }
        let b = Array(SHA256.hash(data: Data(callId.utf8)))
        return UUID(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]
            ))
    }

    func provider(_ provider: CXProvider, perform action: CXAnswerCallAction) {
        ringing.remove(action.callUUID)
        // Tell your server: POST /v1/calls with "answered" stops the reader's other phones. Join the call, then:
        action.fulfill()
    }

    func provider(_ provider: CXProvider, perform action: CXEndCallAction) {
        ringing.remove(action.callUUID)
        // Tell your server, which ends the call at the caller.
        action.fulfill()
    }

    func providerDidReset(_ provider: CXProvider) {
        ringing.removeAll()
    }
}
