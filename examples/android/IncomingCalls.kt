package com.example.app

import android.app.Activity
import android.app.Notification
import android.app.NotificationManager
import android.content.Context
import android.content.Intent
import android.net.Uri
import android.os.Build
import android.provider.Settings
import java.time.Duration
import java.time.Instant

/** Rings by a high-priority data message and a full-screen intent. */
object IncomingCalls {
    fun received(context: Context, data: Map<String, String>) {
        val call = data["call_id"] ?: return
        val manager = context.getSystemService(NotificationManager::class.java)
        if (data["action"] != "invite") {
            manager.cancel(call, RINGING)
            // "cancel" has the text of a missed call. "answered": another device took it.
            if (data["action"] == "cancel") ShownMessages.show(context, data["title"], data["body"], data)
            return
        }
        // A late push must not ring.
        val leftMs = Duration.between(Instant.now(), Instant.parse(data["expires_at"] ?: return)).toMillis()
        if (leftMs <= 0) return
        val ring = OpenConversation.intent(context, data)
        val notification = Notification.Builder(context, Channels.CALLS)
            .setSmallIcon(android.R.drawable.stat_sys_phone_call)
            .setContentTitle(data["title"])
            .setContentText(data["body"])
            .setCategory(Notification.CATEGORY_CALL)
            .setContentIntent(ring)
            // The screen of the call over the lock screen; a heads-up notification on a phone in use.
            .setFullScreenIntent(ring, true)
            .setOngoing(true)
            .setTimeoutAfter(leftMs)
            .build()
        manager.notify(call, RINGING, notification)
    }

    /** Android 14 and later: Google Play grants full-screen intents to apps for calls and alarms. The user may revoke it. */
    fun askForFullScreen(activity: Activity) {
        if (Build.VERSION.SDK_INT < 34) return
        val manager = activity.getSystemService(NotificationManager::class.java)
        if (manager.canUseFullScreenIntent()) return
        val settings = Intent(Settings.ACTION_MANAGE_APP_USE_FULL_SCREEN_INTENT)
        activity.startActivity(settings.setData(Uri.parse("package:" + activity.packageName)))
    }

    private const val RINGING = 1
}
