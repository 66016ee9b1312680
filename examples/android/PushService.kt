package com.example.app

import com.google.firebase.messaging.FirebaseMessagingService
import com.google.firebase.messaging.RemoteMessage

/**
 * With `android_mode: notification` the system shows what comes while the app is in the background, and calls this only in
 * the foreground. With `data`, and for calls, this is called in every state, unless the user force-stopped the app.
 */
class PushService : FirebaseMessagingService() {
    override fun onNewToken(token: String) {
        PushRegistration.report(this, token)
    }

    override fun onMessageReceived(message: RemoteMessage) {
        val shown = message.notification
        val data = message.data
        if (data["kind"] == "read") return ShownMessages.removeRead(this, data)
        if (data["kind"] == "call") return IncomingCalls.received(this, data)
        ShownMessages.show(this, shown?.title ?: data["title"], shown?.body ?: data["body"], data)
    }
}
