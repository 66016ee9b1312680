package com.example.app

import android.app.Activity
import android.app.PendingIntent
import android.content.Context
import android.content.Intent
import android.os.Bundle

/** What to open for a push. */
class Conversation(val channelId: String, val channelType: Int)

object OpenConversation {
    /** A push that the system showed starts the launcher's activity with the data of the push as extras, all of them texts. */
    fun from(intent: Intent): Conversation? {
        val id = intent.getStringExtra("channel_id") ?: return null
        val type = intent.getStringExtra("channel_type")?.toIntOrNull() ?: return null
        return Conversation(id, type)
    }

    /** The same extras for a notification that the app shows itself. */
    fun intent(context: Context, data: Map<String, String>): PendingIntent {
        val intent = Intent(context, MainActivity::class.java).addFlags(Intent.FLAG_ACTIVITY_SINGLE_TOP)
        for ((key, value) in data) intent.putExtra(key, value)
        val code = (data["message_id"] ?: data["call_id"]).hashCode()
        return PendingIntent.getActivity(
            context, code, intent, PendingIntent.FLAG_UPDATE_CURRENT or PendingIntent.FLAG_IMMUTABLE
        )
    }
}

/** The launcher's activity, with `android:launchMode="singleTop"`: else a tap starts a second one. */
class MainActivity : Activity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        Channels.create(this)
        // A killed app. After a rotation the intent is still there, and was handled.
        if (savedInstanceState == null) follow(intent)
    }

    /** An app in the background or in the foreground. */
    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        setIntent(intent)
        follow(intent)
    }

    private fun follow(intent: Intent) {
        val conversation = OpenConversation.from(intent) ?: return
        ShownMessages.remove(this, conversation, null)
        // Wait until the user is logged in and the SDK is connected, then show the conversation's screen.
    }
}
