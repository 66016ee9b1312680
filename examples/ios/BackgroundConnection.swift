import UIKit
import WuKongIMSDK

/// No WuKongIM SDK disconnects by itself. While the server believes that the phone is connected, nothing is pushed to it.
final class BackgroundConnection {
    /// A call that goes on keeps the connection.
    var isInCall: () -> Bool = { false }

    /// From sceneDidEnterBackground(_:) or applicationDidEnterBackground(_:).
    func didEnterBackground() {
        guard !isInCall() else { return }
        // Not `logout`: that erases the login.
        WKSDK.shared().connectionManager.disconnect(true)
    }

    /// From sceneWillEnterForeground(_:) or applicationWillEnterForeground(_:).
    func willEnterForeground() {
        WKSDK.shared().connectionManager.connect()
    }
}
