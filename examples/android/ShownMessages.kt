package com.example.app

import android.app.Notification
import android.app.NotificationManager
import android.content.Context
import android.os.Bundle

/** Notifications that the app shows itself: in the foreground, and in every state with `android_mode: data`. */
object ShownMessages {
    /** The conversation on the screen; its messages need no notification. */
    var visible: Conversation? = null

    fun show(context: Context, title: String?, body: String?, data: Map<String, String>) {
        val type = data["channel_type"]?.toIntOrNull()
        if (type != null && visible?.channelId == data["channel_id"] && visible?.channelType == type) return
        val fields = Bundle()
        for ((key, value) in data) fields.putString(key, value)
        val notification = Notification.Builder(context, Channels.MESSAGES)
            .setSmallIcon(android.R.drawable.stat_notify_chat)
            .setContentTitle(title)
            .setContentText(body)
            .setContentIntent(OpenConversation.intent(context, data))
            .setAutoCancel(true)
            .addExtras(fields)
            .build()
        // The same tag and the number 0, as FCM's SDK does it: a repeat replaces.
        manager(context).notify(data["tag"] ?: data["message_id"] ?: data["call_id"], 0, notification)
    }

    /** A push of `kind` "read": without `up_to_seq` all of the conversation is read. */
    fun removeRead(context: Context, data: Map<String, String>) {
        val id = data["channel_id"] ?: return
        val type = data["channel_type"]?.toIntOrNull() ?: return
        remove(context, Conversation(id, type), data["up_to_seq"]?.toLongOrNull())
    }

    /** `upToSeq` null: all of the conversation. What the system showed has no fields to look at: see the page. */
    fun remove(context: Context, conversation: Conversation, upToSeq: Long?) {
        for (shown in manager(context).activeNotifications) {
            val fields = shown.notification.extras
            if (fields.getString("channel_id") != conversation.channelId) continue
            if (fields.getString("channel_type") != conversation.channelType.toString()) continue
            val seq = fields.getString("message_seq")?.toLongOrNull()
            if (upToSeq != null && seq != null && seq > upToSeq) continue
            manager(context).cancel(shown.tag, shown.id)
        }
    }

    private fun manager(context: Context): NotificationManager =
        context.getSystemService(NotificationManager::class.java)
}
