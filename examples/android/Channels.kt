package com.example.app

import android.app.Activity
import android.app.NotificationChannel
import android.app.NotificationManager
import android.content.Context
import android.os.Build

/** Android 8 and later: sound and importance belong to the channel. The user may change them, the app no longer can. */
object Channels {
    const val MESSAGES = "messages"
    const val CALLS = "calls"

    /** At each start of the app, before the first push. Creating a channel again changes nothing but its name. */
    fun create(context: Context) {
        val manager = context.getSystemService(NotificationManager::class.java)
        manager.createNotificationChannel(
            NotificationChannel(MESSAGES, "Messages", NotificationManager.IMPORTANCE_HIGH)
        )
        manager.createNotificationChannel(
            NotificationChannel(CALLS, "Calls", NotificationManager.IMPORTANCE_HIGH)
        )
    }

    /** Android 13 and later: without this permission nothing is shown. Ask when the user understands why. */
    fun askForPermission(activity: Activity) {
        if (Build.VERSION.SDK_INT >= 33) {
            activity.requestPermissions(arrayOf("android.permission.POST_NOTIFICATIONS"), 1)
        }
    }
}
